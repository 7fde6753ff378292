import { computed } from '@preact/signals';
import type { Chart } from '../chart/model';
import { lastValue } from './blocks';
import type { Asked } from './frames';
import { ends, rangeNow, type Range } from './range';
import { search, setSearch } from './router';
import { sameTime, startOfMonth } from './zone';

export const comparisons = ['day', 'week', 'period'] as const;
export type Comparison = (typeof comparisons)[number];
const names: Record<Comparison, string> = { day: 'yesterday', week: 'last week', period: 'the period before' };

/** What the page is held against, as its address says (`compare=`). */
export const comparison = computed<Comparison | null>(() => comparisons.find((each) => each === search.value.get('compare')) ?? null);
export const comparisonName = (kind: Comparison): string => names[kind];
export const compareWith = (kind: Comparison | null): void => setSearch({ compare: kind });

/** How much earlier the other period is; days and months are those of the calendar. */
export function shiftOf(kind: Comparison, { fromMs, toMs }: Range): number {
  if (kind !== 'period') return toMs - sameTime(toMs, kind === 'day' ? -1 : -7);
  switch (ends.peek()?.from) {
    case 'today': case 'yesterday': return fromMs - sameTime(fromMs, -1);
    case 'this week': case 'last week': return fromMs - sameTime(fromMs, -7);
    case 'this month': case 'last month': return fromMs - startOfMonth(fromMs, -1);
    default: return Math.ceil((toMs - fromMs) / 60_000) * 60_000;
  }
}

/** The comparison that holds now, null without one. */
export function compareNow(range = rangeNow()): { name: string; shiftMs: number } | null {
  const kind = comparison.value;
  return kind && { name: names[kind], shiftMs: shiftOf(kind, range) };
}

/** An earlier period, laid upon the times of the present one. */
export interface Before {
  name: string;
  values: (number | null)[];
}

const sameLabels = (a: Record<string, string>, b: Record<string, string>): boolean => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/**
 * What was asked for as `compared` a while earlier: the one series of it, or the one with these labels. Null while
 * nothing is compared, or where the earlier period has no points.
 */
export function beforeOf(asked: Asked, id: string, labels?: Record<string, string>): Before | null {
  const frame = asked.frames[`${id}.before`];
  if (!frame || !asked.before) return null;
  const found = labels ? frame.series.find((series) => sameLabels(series.labels, labels)) : frame.series.length === 1 ? frame.series[0] : undefined;
  return found ? { name: asked.before, values: found.values } : null;
}

/** The chart with the earlier period dotted beneath its curves. */
export function withBefore(chart: Chart, before: Before | null | undefined): Chart {
  if (!before) return chart;
  return { ...chart, curves: [{ name: before.name, color: 'text-3', values: before.values, dashed: true, width: 1.25, silent: true }, ...chart.curves] };
}

/** "+11 % on last week"; empty where either is not known. */
export function changeText(now: number | null | undefined, before: number | null | undefined, name: string): string {
  if (now == null || before == null || before === 0) return '';
  const share = (now / before - 1) * 100;
  if (!Number.isFinite(share)) return '';
  if (Math.abs(share) < 0.5) return `as ${name}`;
  if (share > 900) return `${Math.round(now / before)} times ${name}`;
  return `${share > 0 ? '+' : '−'}${Math.round(Math.abs(share))} % on ${name}`;
}

/** The difference at a place of the grid, or at the last place that both know. */
export function changeAt(values: (number | null)[] | undefined, before: Before | null | undefined, index: number | null = null): string {
  if (!values || !before) return '';
  if (index !== null) return changeText(values[index], before.values[index], before.name);
  const last = values.length - 1 - [...values].reverse().findIndex((value, back) => value !== null && before.values[values.length - 1 - back] != null);
  return last < values.length ? changeText(values[last], before.values[last], before.name) : changeText(lastValue(values), lastValue(before.values), before.name);
}
