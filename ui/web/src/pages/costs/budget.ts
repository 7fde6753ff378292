import { durationMs } from '../../lib/format';
import type { Rule } from '../../lib/types';

export type Period = 'day' | 'month';

export interface Budget { rule: Rule; period: Period; amount: number }

const dayMs = 86_400_000;
/** The spend of all models over a window: what "Set budget" writes, and what other ways of saying it come to. */
const spend = /^sum(?:by\(\))?\(increase\(llm_cost_usd_total\[([0-9a-z]+)\]\)\)$/;

export const exprOf = (period: Period): string => `sum(increase(llm_cost_usd_total[${period === 'day' ? '24h' : '30d'}]))`;

function periodOf(expr: string): Period | null {
  const found = spend.exec(expr.replace(/\s+/g, ''));
  if (!found) return null;
  const days = durationMs(found[1]!.replace(/(\d+)y/g, (_, years: string) => `${Number(years) * 365}d`)) / dayMs;
  return days === 1 ? 'day' : days >= 28 && days <= 31 ? 'month' : null;
}

/** The alarms that are a budget, those that are switched off left out; of several of a period the lowest. */
export function budgetsIn(rules: readonly Rule[]): Partial<Record<Period, Budget>> {
  const found: Partial<Record<Period, Budget>> = {};
  for (const rule of rules) {
    const period = periodOf(rule.expr);
    const isLine = rule.enabled && rule.threshold !== undefined && (rule.op === '>' || rule.op === '>=');
    if (period && isLine && rule.threshold! < (found[period]?.amount ?? Infinity)) found[period] = { rule, period, amount: rule.threshold! };
  }
  return found;
}
