import { axisStep, type Unit } from '../lib/format';
import type { Chart } from './model';

/** The extent of what is drawn, NaN-free; null where there is nothing. */
export function extent(chart: Chart): [number, number] | null {
  let low = Infinity, high = -Infinity;
  for (const { values } of chart.curves)
    for (const value of values) {
      if (value === null || value === undefined) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : null;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const part = rough / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 2.5 ? 2.5 : part <= 5 ? 5 : 10) * power;
}

const tight = (unit: Unit): boolean => unit.kind === 'celsius';

export interface YScale {
  low: number;
  high: number;
  ticks: number[];
}

/** Rows of one height, with a tick at some of their edges. */
function rowScale(rows: number): YScale {
  const each = Math.max(1, Math.ceil(rows / 4));
  return { low: 0, high: Math.max(1, rows), ticks: Array.from({ length: Math.floor(rows / each) + 1 }, (_, i) => i * each) };
}

/** The y axis: from 0 unless the unit has no natural zero, a little air on top, ticks on round numbers of the shown unit. */
export function yScale(chart: Chart): YScale {
  if (chart.heat) return rowScale(chart.heat.edges.length - 1);
  const found = extent(chart);
  const line = chart.line?.value;
  let high = Math.max(found?.[1] ?? 0, 0), low = Math.min(found?.[0] ?? 0, 0);
  if (tight(chart.unit) && found) [low, high] = found;
  for (const { value } of chart.further ?? []) high = Math.max(high, value);
  if (chart.floor !== undefined) low = chart.floor;
  if (chart.ceiling !== undefined) high = Math.max(chart.ceiling, low);
  if (line !== undefined) {
    high = Math.max(high, line);
    low = Math.min(low, line);
  }
  if (high === low) high = low + (chart.unit.kind === 'ratio' ? 0.1 : chart.unit.kind === 'percent' ? 10 : 1);
  let top = chart.ceiling !== undefined && high === chart.ceiling ? high : high + (high - low) * (chart.bare ? 0.15 : 0.06);
  if (chart.cap !== undefined && high <= chart.cap && top > chart.cap * 0.6) top = chart.cap;
  const { divide } = axisStep(top, chart.unit);
  const step = niceStep((top - low) / divide / (chart.yTicks ?? 3)) * divide;
  const first = low < 0 || chart.floor !== undefined || tight(chart.unit) ? Math.floor(low / step + 1e-9) * step : 0;
  const ticks: number[] = [];
  for (let at = first; at <= top + step * 1e-6; at += step) ticks.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  if (ticks[ticks.length - 1]! < high - step * 1e-6 && (chart.cap === undefined || top < chart.cap)) {
    const next = ticks[ticks.length - 1]! + step;
    if (next - top < step * 0.75) { ticks.push(next); top = next; }
  }
  return { low: Math.min(low, first), high: Math.max(top, ticks[ticks.length - 1]!), ticks };
}
