import type { Metric } from './types';
import type { Unit } from './format';
import { unitOfMetric } from './format';

export type Fn = 'last' | 'avg' | 'max' | 'min' | 'rate' | 'increase' | 'p50' | 'p90' | 'p95' | 'p99' | 'average' | 'count' | 'sum';

export interface Filter {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}

/** What the builder can say; everything else is written by hand. */
export interface Phrase {
  metric: string;
  fn: Fn;
  filters: Filter[];
  by: string[];
  /** Only so many of the highest at each moment. */
  top?: number;
}

const quantiles: Partial<Record<Fn, string>> = { p50: '0.5', p90: '0.9', p95: '0.95', p99: '0.99' };
const overTime: Partial<Record<Fn, string>> = { avg: 'avg_over_time', max: 'max_over_time', min: 'min_over_time' };

/** Times and sizes are asked for their percentiles, amounts such as revenue for their sum. */
const isMeasured = (name: string): boolean => ['seconds', 'milliseconds', 'bytes'].includes(unitOfMetric(name).kind);

/** The functions that make sense for a kind, the usual one first. */
export function functionsFor(kind: Metric['kind'], name = ''): Fn[] {
  switch (kind) {
    case 'counter': return ['rate', 'increase', 'last'];
    case 'delta': return ['increase', 'rate', 'last'];
    case 'histogram':
    case 'distribution': return isMeasured(name) ? ['p95', 'p50', 'p90', 'p99', 'average', 'count', 'sum'] : ['sum', 'count', 'average', 'p50', 'p90', 'p95', 'p99'];
    default: return ['last', 'avg', 'max', 'min', 'rate', 'increase'];
  }
}

export const fnLabel: Record<Fn, string> = {
  last: 'last value', avg: 'average', max: 'maximum', min: 'minimum', rate: 'rate', increase: 'increase',
  p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99', average: 'average', count: 'count', sum: 'sum',
};

/** Functions whose parts add up, so that the rest may be drawn as one. */
export const additive = (fn: Fn): boolean => ['rate', 'increase', 'count', 'sum'].includes(fn);
/** Functions that count per bucket: their window is the distance of the points. */
export const bucketed = (fn: Fn): boolean => ['increase', 'count', 'sum'].includes(fn);

export const quoted = (text: string): string =>
  `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;

const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function selector(metric: string, filters: Filter[]): string {
  const matchers = filters.map(({ label, op, value }) => `${label}${op}${quoted(value)}`);
  if (!plainName.test(metric)) matchers.unshift(`__name__=${quoted(metric)}`);
  const braces = matchers.length ? `{${matchers.join(', ')}}` : '';
  return (plainName.test(metric) ? metric : '') + braces;
}

export function build(phrase: Phrase, window: string): string {
  return phrase.top ? `topk(${phrase.top}, ${buildAll(phrase, window)})` : buildAll(phrase, window);
}

function buildAll({ metric, fn, filters, by }: Phrase, window: string): string {
  const chosen = selector(metric, filters);
  const grouped = (aggregate: string, inner: string): string =>
    by.length ? `${aggregate} by (${by.join(', ')}) (${inner})` : `${aggregate}(${inner})`;
  const quantile = quantiles[fn];
  if (quantile) return `histogram_quantile(${quantile}, ${grouped('sum', `rate(${chosen}[${window}])`)})`;
  if (fn === 'average') return `histogram_avg(${grouped('sum', `rate(${chosen}[${window}])`)})`;
  if (fn === 'count' || fn === 'sum') return `histogram_${fn}(${grouped('sum', `increase(${chosen}[${window}])`)})`;
  if (fn === 'rate' || fn === 'increase') return grouped('sum', `${fn}(${chosen}[${window}])`);
  const inner = fn === 'last' ? chosen : `${overTime[fn]}(${chosen}[${window}])`;
  if (!by.length) return inner;
  return grouped(fn === 'max' ? 'max' : fn === 'min' ? 'min' : 'avg', inner);
}

const selectorPattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?(?:\[([0-9a-z]+)\])?$/;
const matcherPattern = /([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const unquoted = (text: string): string => text.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1');

function readSelector(text: string): { metric: string; filters: Filter[]; window: string } | null {
  const found = selectorPattern.exec(text.trim());
  if (!found) return null;
  let metric = found[1] ?? '';
  const filters: Filter[] = [];
  for (const [, label, op, value] of (found[2] ?? '').matchAll(matcherPattern)) {
    if (label === '__name__' && op === '=') metric = unquoted(value!);
    else filters.push({ label: label!, op: op as Filter['op'], value: unquoted(value!) });
  }
  return metric ? { metric, filters, window: found[3] ?? '' } : null;
}

function readGrouped(text: string): { aggregate: string; by: string[]; inner: string } | null {
  const found = /^(sum|avg|max|min)\s*(?:by\s*\(([^)]*)\)\s*)?\((.*)\)$/s.exec(text.trim());
  if (!found) return null;
  const by = (found[2] ?? '').split(',').map((label) => label.trim()).filter(Boolean);
  return { aggregate: found[1]!, by, inner: found[3]! };
}

function called(text: string, name: string): string | null {
  const found = new RegExp(`^${name}\\s*\\((.*)\\)$`, 's').exec(text.trim());
  return found ? found[1]! : null;
}

function readRated(text: string, call: 'rate' | 'increase', fn: Fn): Phrase | null {
  const group = readGrouped(text);
  const inner = group?.aggregate === 'sum' ? called(group.inner, call) : null;
  const chosen = inner === null ? null : readSelector(inner);
  return chosen?.window ? { metric: chosen.metric, fn, filters: chosen.filters, by: group!.by } : null;
}

function readOverTime(text: string, by: string[]): Phrase | null {
  for (const fn of ['avg', 'max', 'min'] as const) {
    const inner = called(text, overTime[fn]!);
    const chosen = inner === null ? null : readSelector(inner);
    if (chosen?.window) return { metric: chosen.metric, fn, filters: chosen.filters, by };
  }
  const chosen = readSelector(text);
  return chosen && !chosen.window ? { metric: chosen.metric, fn: 'last', filters: chosen.filters, by } : null;
}

function read(text: string): Phrase | null {
  const quantile = /^histogram_quantile\s*\(\s*([\d.]+)\s*,(.*)\)$/s.exec(text);
  if (quantile) {
    const fn = (Object.keys(quantiles) as Fn[]).find((name) => Number(quantiles[name]) === Number(quantile[1]));
    return fn ? readRated(quantile[2]!, 'rate', fn) ?? readRated(quantile[2]!, 'increase', fn) : null;
  }
  for (const [name, call, fn] of [['avg', 'rate', 'average'], ['count', 'increase', 'count'], ['sum', 'increase', 'sum']] as const) {
    const inner = called(text, `histogram_${name}`);
    if (inner !== null) return readRated(inner, call, fn);
  }
  const group = readGrouped(text);
  if (!group) return readOverTime(text, []);
  return readRated(text, 'rate', 'rate') ?? readRated(text, 'increase', 'increase')
    ?? (group.by.length ? readOverTime(group.inner, group.by) : null);
}

/** Reads an expression back into the builder; null where it says more than the builder can. */
export function recognise(expr: string): Phrase | null {
  const text = expr.trim();
  const ranked = /^topk\s*\(\s*(\d+)\s*,(.*)\)$/s.exec(text), inner = read((ranked?.[2] ?? text).trim());
  if (!inner) return null;
  const phrase: Phrase = ranked ? { ...inner, top: Number(ranked[1]) } : inner;
  // A percentile is the same of rates and of increases.
  const same = (value: string): string => (/histogram_quantile/.test(value) ? value.replace(/\bincrease\(/g, 'rate(') : value);
  const plain = (value: string): string => same(value.replace(/\s+/g, '').replace(/\[[0-9a-z]+\]/g, '[]'));
  return plain(build(phrase, '1m')) === plain(text) ? phrase : null;
}

const names = /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*/g;
const words = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'sum',
  'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'quantile', 'stddev', 'stdvar', 'group']);

/** The metric names that an expression reads, in order. */
export function metricsIn(expr: string): string[] {
  const found: string[] = [];
  const bare = expr.replace(/\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}/g, (braces) => ' '.repeat(braces.length))
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, (group) => ' '.repeat(group.length));
  for (const match of bare.matchAll(names)) {
    const text = match[0];
    const after = bare.slice(match.index + text.length).trimStart();
    if (!/^[a-zA-Z_:]/.test(text) || words.has(text.toLowerCase()) || after.startsWith('(')) continue;
    if (/[\d.]$/.test(bare.slice(0, match.index))) continue;
    if (!found.includes(text)) found.push(text);
  }
  return found;
}

/** A thing over a thing of the same unit is a share. */
function isShare(expr: string, first = '', second = first): boolean {
  const bare = expr.replace(/"(?:[^"\\]|\\.)*"/g, '');
  return /\)\s*\/\s*[a-z_(]/i.test(bare) && unitOfMetric(first).kind === unitOfMetric(second).kind;
}

/** The unit of what an expression yields, as far as its shape tells. */
export function unitOfExpr(expr: string, declared = ''): Unit {
  const phrase = recognise(expr);
  const [first, second] = metricsIn(expr);
  const name = phrase?.metric ?? first;
  if (!name) return { kind: 'count' };
  if (!phrase && isShare(expr, first, second)) return { kind: 'ratio' };
  const unit = unitOfMetric(name, declared);
  if (phrase?.fn === 'count' || /histogram_count/.test(expr)) return /rate\s*\(/.test(expr) ? { kind: 'count', perSecond: true } : { kind: 'count' };
  if (phrase ? phrase.fn === 'rate' : /\brate\s*\(/.test(expr) && !/histogram_(quantile|avg)/.test(expr))
    return unit.kind === 'seconds' ? { kind: 'ratio' } : { ...unit, perSecond: true };
  return unit;
}

export interface Token {
  text: string;
  kind: 'call' | 'string' | 'rest';
}

/** Splits an expression for colouring. */
export function tokens(expr: string): Token[] {
  const result: Token[] = [];
  let at = 0;
  for (const match of expr.matchAll(/"(?:[^"\\]|\\.)*"?|\b[a-zA-Z_:][\w:]*(?=\s*\()|\b(?:by|without|offset|and|or|unless)\b/g)) {
    if (match.index > at) result.push({ text: expr.slice(at, match.index), kind: 'rest' });
    result.push({ text: match[0], kind: match[0].startsWith('"') ? 'string' : 'call' });
    at = match.index + match[0].length;
  }
  if (at < expr.length) result.push({ text: expr.slice(at), kind: 'rest' });
  return result;
}

/** A series as text, the way PromQL writes it. */
export function seriesText(labels: Record<string, string>): string {
  const inner = Object.entries(labels).filter(([name]) => name !== '__name__').map(([name, value]) => `${name}=${quoted(value)}`).join(', ');
  return (labels['__name__'] ?? '') + (inner ? `{${inner}}` : '');
}

/** The shortest text that tells a series from its siblings: the values of the labels that differ. */
export function shortNames(all: Record<string, string>[], fallback: string): string[] {
  const keys = [...new Set(all.flatMap((labels) => Object.keys(labels)))].filter((key) => key !== '__name__');
  const differ = keys.filter((key) => new Set(all.map((labels) => labels[key] ?? '')).size > 1);
  const shown = differ.length ? differ : all.length === 1 ? keys : [];
  return all.map((labels) => shown.map((key) => labels[key]).filter(Boolean).join(' · ') || labels['__name__'] || fallback);
}
