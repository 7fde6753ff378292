import { promDuration } from '../../lib/format';
import { quoted } from '../../lib/promql';
import type { Variable } from './model';

/** What is chosen: one value, several, or null for all of them. */
export type Chosen = string | readonly string[] | null;
export type Values = Readonly<Record<string, Chosen>>;

const allText = '$__all';

export interface Span {
  /** The seconds between two points. */
  stepS: number;
  rangeMs: number;
}

const nameAt = /\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g;
const textAt = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;

/** A pattern that means the text itself. */
const forPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const unquoted = (text: string): string => (text[0] === '`' ? text.slice(1, -1) : text.slice(1, -1).replace(/\\n/g, '\n').replace(/\\(.)/g, '$1'));

/** The variables that a text names, without the built-in ones. */
export function namesIn(text: string): string[] {
  const found = new Set<string>();
  for (const [, braced, bare] of text.matchAll(nameAt)) {
    const name = braced ?? bare!;
    if (!name.startsWith('__')) found.add(name);
  }
  return [...found];
}

const named = (text: string, values: Values): string[] => namesIn(text).filter((name) => Object.hasOwn(values, name));

/** Puts values in; `how` says how one reads, `rest` what becomes of the text around them. */
function fill(text: string, values: Values, how: (value: Chosen) => string, rest: (text: string) => string): string {
  let result = '', at = 0;
  for (const match of text.matchAll(nameAt)) {
    const name = match[1] ?? match[2]!;
    if (!Object.hasOwn(values, name)) continue;
    result += rest(text.slice(at, match.index)) + how(values[name]!);
    at = match.index + match[0].length;
  }
  return result + rest(text.slice(at));
}

const asPattern = (value: Chosen): string =>
  (value === null ? '.*' : typeof value === 'string' ? forPattern(value) : `(${value.map(forPattern).join('|')})`);
const asText = (value: Chosen): string => (value === null ? '.*' : typeof value === 'string' ? value : value.join('|'));
const itself = (text: string): string => text;

/** A quoted text behind an operator: several values, or all, make a pattern of a matcher that was none. */
function filledText(text: string, op: string, values: Values): { op: string; text: string } {
  const names = named(text, values);
  if (names.length === 0) return { op, text };
  if (op === '=~' || op === '!~') return { op, text: fill(text, values, asPattern, itself) };
  const many = names.some((name) => typeof values[name] !== 'string');
  if (many && (op === '=' || op === '!=')) return { op: op === '=' ? '=~' : '!~', text: fill(text, values, asPattern, forPattern) };
  return { op, text: fill(text, values, asText, itself) };
}

/** Outside of texts a value must be one plain word, lest it be more than a value. */
const plainWord = /^[A-Za-z0-9_:.]+$/;
function filledBare(text: string, values: Values, known: Record<string, string>): string {
  return text.replace(nameAt, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare!, value = values[name];
    if (Object.hasOwn(known, name)) return known[name]!;
    return Object.hasOwn(values, name) && typeof value === 'string' && plainWord.test(value) ? value : whole;
  });
}

/** The window of a rate: four samples of a series that comes every 15 s, and one more than the step. */
export const rateWindow = (stepS: number): string => promDuration(Math.max(60, stepS + 15) * 1000);

function builtIn({ stepS, rangeMs }: Span): Record<string, string> {
  const rangeS = Math.max(1, Math.round(rangeMs / 1000));
  return { __interval: promDuration(stepS * 1000), __interval_ms: String(stepS * 1000), __rate_interval: rateWindow(stepS),
    __range: promDuration(rangeS * 1000), __range_s: String(rangeS), __range_ms: String(rangeS * 1000) };
}

const operator = /(=~|!~|!=|=)(\s*)$/;

/** An expression as it is asked, by the rules of server/api/DASHBOARDS.md. */
export function substitute(expr: string, values: Values, span: Span): string {
  const known = builtIn(span);
  let result = '', at = 0;
  for (const match of expr.matchAll(textAt)) {
    const before = expr.slice(at, match.index), found = operator.exec(before), op = found?.[1] ?? '';
    const text = unquoted(match[0]), put = filledText(text, op, values);
    const lead = found ? before.slice(0, found.index) : before;
    result += filledBare(lead, values, known) + put.op + (found?.[2] ?? '') + (put.text === text ? match[0] : quoted(put.text));
    at = match.index + match[0].length;
  }
  return result + filledBare(expr.slice(at), values, known);
}

const inWord = (value: Chosen): string => (value === null ? 'all' : typeof value === 'string' ? value : value.join(', '));

/** A title or legend with the values put in. */
export const inWords = (text: string, values: Values): string => fill(text, values, inWord, itself);

/** The legend of a series: {{label}} stands for the value of its label. */
export const legendOf = (legend: string, labels: Record<string, string>): string =>
  legend.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label: string) => labels[label] ?? '').trim();

const own = (name: string): string => `var-${name}`;

function written(value: Chosen): string {
  return value === null ? allText : typeof value === 'string' ? value : JSON.stringify(value);
}

function readChoice(text: string): Chosen {
  if (text === allText) return null;
  if (!text.startsWith('["')) return text;
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list as string[] : text;
  } catch {
    return text;
  }
}

/** What a variable says at first: an empty text is all, or the first value that is there. */
export function usualOf({ value, all }: Pick<Variable, 'value' | 'all'>, found: readonly string[] = []): Chosen {
  if (Array.isArray(value)) return value.length === 0 ? (all ? null : found[0] ?? '') : value.length === 1 ? value[0]! : value;
  if (value === '.*' && all) return null;
  return value !== '' ? value as string : all ? null : found[0] ?? '';
}

/** The values that hold: the address first, then what the dashboard says. `found` are the values known so far. */
export function valuesOf(variables: readonly Variable[], search: URLSearchParams, found: Readonly<Record<string, readonly string[]>> = {}): Values {
  return Object.fromEntries(variables.map((variable) => {
    const said = search.get(own(variable.name));
    return [variable.name, said === null ? usualOf(variable, found[variable.name] ?? variable.options) : readChoice(said)];
  }));
}

/** What the address must say for a choice; null where the dashboard says it anyway. */
export const searchFor = (variable: Variable, value: Chosen): Record<string, string | null> =>
  ({ [own(variable.name)]: written(value) === written(usualOf(variable)) ? null : written(value) });
