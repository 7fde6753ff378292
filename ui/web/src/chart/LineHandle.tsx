import { format } from '../lib/format';
import { extent, yScale } from './scale';
import type { Chart } from './model';

const topPad = 10, axisHeight = 22;

/** Where a value stands in a plot of this height, in CSS pixels from its top. */
export function placeOf(chart: Chart, height: number, value: number): number {
  const { low, high } = yScale(chart);
  return topPad + (height - topPad - axisHeight) * (1 - (value - low) / (high - low));
}

function nice(value: number): number {
  const power = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / power) * power;
}

/** 1.2 times the p99 of what is drawn: where a first line would be quiet. */
export function proposal(chart: Chart): number | null {
  const values = chart.curves.filter((curve) => !curve.silent).flatMap((curve) => curve.values).filter((value): value is number => value !== null).sort((a, b) => a - b);
  const high = values[Math.min(values.length - 1, Math.floor(values.length * 0.99))];
  if (!high || high <= 0 || values.length < 5) return null;
  const wanted = nice(high * 1.2);
  return chart.cap === undefined ? wanted : Math.min(wanted, chart.cap * 0.95);
}

/** The handle of the load line, for keyboards and readers; without an alarm, the offer to draw one. */
export function LineHandle({ chart, height, title, expr }: { chart: Chart; height: number; title: string; expr?: string }) {
  if (chart.line) {
    const at = { top: `${placeOf(chart, height, chart.line.value)}px` };
    return chart.line.href
      ? <a class="handle" href={chart.line.href} style={at} aria-label={`${title}: line at ${format(chart.line.value, chart.unit)}. Open its alarm`} />
      : null;
  }
  const value = expr ? proposal(chart) : null;
  if (!expr || value === null || !extent(chart)) return null;
  const drawn = Math.max(topPad, placeOf(chart, height, value));
  const query = new URLSearchParams({ expr, threshold: String(Number(value.toPrecision(6))) });
  return (
    <a class="offer" href={`/alerts/new?${query}`} style={{ top: `${drawn}px` }} aria-label={`${title}: draw a line at ${format(value, chart.unit)}`}>
      <span aria-hidden="true">draw a line here</span>
    </a>
  );
}
