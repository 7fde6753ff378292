import { restColor } from '../../../chart/colors';
import { stack } from '../../../chart/stack';
import { isBelow, type Chart, type Curve, type LoadLine } from '../../../chart/model';
import { lineFor } from '../../../lib/alarms';
import { lastValue } from '../../../lib/blocks';
import type { PanelModel, Threshold } from '../model';
import { unitOfPanel } from '../units';
import type { PanelData, Row, View } from './data';
import { substitute } from '../variables';

const mostColored = 7, mostFaint = 60;

/** The threshold that the breach is about: a critical one before others, of those the one that is reached first. */
export function mainThreshold(thresholds: readonly Threshold[]): Threshold | null {
  const sorted = [...thresholds].sort((a, b) => (a.op === b.op ? (a.op === '<' ? b.value - a.value : a.value - b.value) : a.op === '>' ? -1 : 1));
  return sorted.find(({ severity }) => severity === 'critical') ?? sorted[0] ?? null;
}

/** Whether a value is on the bad side of a line. */
export const isPast = (value: number | null | undefined, { op, value: line }: Pick<LoadLine, 'op' | 'value'>): boolean => value != null && (isBelow(op) ? value < line : value > line);

/** The load line of a panel: its own, else that of the alarm on the same expression. */
export function lineOf(panel: PanelModel, rows: readonly Row[], view: View, stepS: number): LoadLine | null {
  const own = mainThreshold(panel.thresholds);
  if (own) return { value: own.value, op: own.op, over: rows.some(({ values }) => isPast(lastValue(values), own)) };
  if (view.source || panel.queries.length !== 1) return null;
  return lineFor(substitute(panel.queries[0]!.expr, view.values, { stepS, rangeMs: view.rangeMs }));
}

const furtherOf = (panel: PanelModel): { value: number; bad: boolean }[] =>
  panel.thresholds.filter((threshold) => threshold !== mainThreshold(panel.thresholds)).map(({ value, severity }) => ({ value, bad: severity === 'critical' }));

const sum = (rows: readonly Row[], length: number): (number | null)[] =>
  Array.from({ length }, (_, i) => rows.reduce<number | null>((total, { values }) => (values[i] == null ? total : (total ?? 0) + values[i]!), null));

/** The curves of the rows: the first in colour, the others as one sum where they add up, else faintly. */
function curvesOf(rows: readonly Row[], length: number, addsUp: boolean): Curve[] {
  const most = rows.length <= mostColored + 1 ? rows.length : mostColored;
  const top = rows.slice(0, most), rest = rows.slice(most);
  const curves: Curve[] = top.map(({ name, color, values }) => ({ name, color, values }));
  if (rest.length && addsUp) return [...curves, { name: `${rest.length} others`, color: restColor, values: sum(rest, length) }];
  return [...rest.slice(0, mostFaint).map(({ name, values }) => ({ name, color: 'border-2', values, width: 1, silent: true })), ...curves.reverse()];
}

/** A panel of kind line, area or bar as a chart. */
export function chartOf(panel: PanelModel, data: PanelData, view: View, widthPx: number): Chart {
  const { times, rows, asked } = data, unit = unitOfPanel(panel);
  const several = rows.length > 1, stacked = several && (panel.kind === 'bar' || (panel.kind === 'area' && panel.stacked));
  const plain = curvesOf(rows, times.length, stacked);
  const curves = stacked ? stack(plain) : plain;
  return {
    times, curves, unit, fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, stacked, marks: view.marks,
    shape: panel.kind === 'bar' ? 'bars' : panel.kind === 'area' && (stacked || !several) ? 'area' : 'line',
    line: lineOf(panel, rows, view, asked.stepS), further: furtherOf(panel), endLabels: several && rows.length <= 6 && widthPx > 420,
    ...(panel.min !== null ? { floor: panel.min } : {}), ...(panel.max !== null ? { ceiling: panel.max } : unit.kind === 'ratio' ? { cap: 1 } : {}),
  };
}
