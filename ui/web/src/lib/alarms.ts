import { computed, signal, type Signal } from '@preact/signals';
import { isBelow, type LoadLine } from '../chart/model';
import { api, explain, loginNeeded, session, type Page } from './api';
import { format, type Unit } from './format';
import { freshness, listen } from './live';
import { metricsIn, unitOfExpr } from './promql';
import type { Episode, Rule } from './types';

/** All alarms and what is firing: shared by the shell, the load strip and every chart. */
export const rules = signal<Rule[] | null>(null);
export const firing = signal<Episode[]>([]);
export const alarmsError = signal<{ message: string; hint: string } | null>(null);

let pending: number | undefined;

/** Of several levels the least severe is the line that charts and strips show. */
export function withFirstLevel(rule: Rule): Rule {
  const first = rule.levels?.find(({ severity }) => severity === 'warning') ?? rule.levels?.[0];
  return first ? { ...rule, ...first } : rule;
}

const mostRules = 5000;

async function allRules(): Promise<Rule[]> {
  const found: Rule[] = [];
  for (let cursor: string | null = ''; cursor !== null && found.length < mostRules;) {
    const page: Page<Rule> = await api<Page<Rule>>(`/api/app/rules?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
}

/** Charts and strips are drawn anew only for what is new. */
function replace<T>(held: Signal<T>, next: T): void {
  if (JSON.stringify(held.peek()) !== JSON.stringify(next)) held.value = next;
}

export async function loadAlarms(): Promise<void> {
  if (loginNeeded.value || !session.value?.authenticated) return;
  try {
    const [all, now] = await Promise.all([
      allRules(), api<Page<Episode>>('/api/app/episodes?state=firing&limit=100')]);
    replace(rules, all.filter(({ record }) => !record).map(withFirstLevel));
    replace(firing, now.items);
    alarmsError.value = null;
  } catch (error) {
    alarmsError.value = explain(error);
  }
}

export function watchAlarms(): void {
  listen('episode', () => {
    window.clearTimeout(pending);
    pending = window.setTimeout(() => void loadAlarms(), 150);
  });
  freshness.subscribe(() => void loadAlarms());
  window.setInterval(() => { if (!document.hidden) void loadAlarms(); }, 10_000);
}

/** How near a value is to its line: 1 is on it. */
export function levelOf(value: number | null, rule: Pick<Rule, 'op' | 'threshold'>): number | null {
  const { op, threshold } = rule;
  if (value === null || threshold === undefined || op === undefined || op === '==' || op === '!=') return null;
  if (isBelow(op)) return value <= 0 ? (threshold > 0 ? 9 : null) : Math.max(0, threshold / value);
  if (threshold <= 0) return value > threshold ? 9 : null;
  return Math.max(0, value / threshold);
}

export interface Level {
  rule: Rule;
  unit: Unit;
  level: number;
  highest: number | null;
  over: boolean;
}

export const levels = computed<Level[]>(() => (rules.value ?? [])
  .filter((rule) => rule.enabled)
  .map((rule) => ({ rule, unit: unitOfExpr(rule.expr), level: levelOf(rule.value, rule) ?? 0, highest: levelOf(rule.highest, rule), over: rule.state === 'firing' }))
  .filter(({ rule }) => rule.threshold !== undefined)
  .sort((a, b) => Number(b.over) - Number(a.over) || b.level - a.level || a.rule.name.localeCompare(b.rule.name)));

/** Expressions that yield the same figure read the same: windows, spaces, and rate or increase where only shares matter. */
function plain(expr: string): string {
  const bare = expr.replace(/\s+/g, '').replace(/\[[0-9a-z]+\]/g, '[]').replace(/sum\(histogram_count\(/g, 'histogram_count(sum(');
  return /histogram_(quantile|avg)|\)\//.test(bare) ? bare.replace(/\bincrease\(/g, 'rate(') : bare;
}

/** The load line of a chart that draws `expr`: the alarm on the same expression whose line is nearest. */
export function lineFor(expr: string): LoadLine | null {
  const same = levels.value.filter(({ rule }) => plain(rule.expr) === plain(expr) && rule.op && rule.op !== '==' && rule.op !== '!=');
  return same[0] ? lineOf(same[0]) : null;
}

/** The load line for a metric drawn as it is, whatever an alarm wraps around it that keeps its scale. */
export function lineForMetric(metric: string, labels: Record<string, string> = {}): LoadLine | null {
  const keeps = new RegExp(`^(?:(?:max|min|avg|sum|max_over_time|min_over_time|avg_over_time)\\()*${metric}(?:\\{([^}]*)\\})?(?:\\[[0-9a-z]+\\])?\\)*$`);
  const found = levels.value.find(({ rule }) => {
    const match = keeps.exec(rule.expr.replace(/\s+/g, ''));
    if (!match) return false;
    return Object.entries(labels).every(([label, value]) => !match[1]?.includes(`${label}=`) || match[1].includes(`${label}="${value}"`));
  });
  return found ? lineOf(found) : null;
}

const lineOf = ({ rule, over }: Level): LoadLine =>
  ({ value: rule.threshold!, op: rule.op!, over, href: `/alerts/rules/${rule.id}` });

const opWords: Record<string, string> = { '>': 'above', '>=': 'at or above', '<': 'below', '<=': 'at or below', '==': 'equal to', '!=': 'other than' };
export const opWord = (op: string | null | undefined): string => opWords[op ?? ''] ?? 'beyond';

export const valueText = (rule: Pick<Rule, 'expr'>, value: number | null | undefined): string => format(value, unitOfExpr(rule.expr));

/** The metric that an alarm is mainly about. */
export const mainMetric = (expr: string): string => metricsIn(expr)[0] ?? expr;

export const ofCheck = ({ source }: Pick<Episode, 'source'>): boolean => source === 'check';

/** Where what fired is defined. */
export const originOf = (episode: Episode): string => (ofCheck(episode) ? `/checks/${episode.check_id ?? ''}` : `/alerts/rules/${episode.rule_id ?? ''}`);

/** How a check is said to be that fires. */
export const checkWord = ({ severity }: Pick<Episode, 'severity'>): string => (severity === 'critical' ? 'down' : 'slow');
