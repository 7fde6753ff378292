import type uPlot from 'uplot';
import { format, visible } from '../lib/format';
import { faded, token } from './colors';
import type { Gap } from './gaps';
import { isBelow, type Chart, type Curve } from './model';

/** What the layers need to know of a plot; all lengths are in canvas pixels. */
export interface Scene {
  chart: Chart;
  gaps: Gap[];
}

const fontOf = (u: uPlot, weight: number): string => `${weight} ${11 * uPlotRatio(u)}px ${token('font')}`;
const uPlotRatio = (u: uPlot): number => u.ctx.canvas.width / u.width;
const crisp = (value: number): number => Math.round(value) + 0.5;

function inPlot(u: uPlot, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** What is normal, as a band behind all. */
export function drawBand(u: uPlot, { chart }: Scene): void {
  const { band, times } = chart;
  if (!band) return;
  inPlot(u, (ctx) => {
    ctx.fillStyle = faded('text-3', 0.16);
    ctx.beginPath();
    for (let i = 0; i + 1 < times.length; i++) {
      const low = band.low[i], high = band.high[i];
      if (low == null || high == null) continue;
      const left = u.valToPos(times[i]!, 'x', true), top = u.valToPos(high, 'y', true);
      ctx.rect(left, top, u.valToPos(times[i + 1]!, 'x', true) - left, u.valToPos(low, 'y', true) - top);
    }
    ctx.fill();
  });
}

/** Washes the intervals in which nothing came. */
export function drawGaps(u: uPlot, { chart, gaps }: Scene): void {
  inPlot(u, (ctx) => {
    ctx.fillStyle = faded('grid', 0.55);
    for (const { from, to } of gaps) {
      const left = u.valToPos(chart.times[from]!, 'x', true), right = u.valToPos(chart.times[to]!, 'x', true);
      ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    }
  });
}

/** Cells of a heatmap: the more fell into one, the stronger it is. */
export function drawHeat(u: uPlot, { chart }: Scene): void {
  const { heat, times, stepS } = chart;
  if (!heat) return;
  const color = token('s1');
  inPlot(u, (ctx) => times.forEach((at, i) => {
    const cells = heat.cells[i];
    if (!cells) return;
    const left = Math.round(u.valToPos(at - stepS, 'x', true)), right = Math.round(u.valToPos(at, 'x', true));
    cells.forEach((count, row) => {
      if (count <= 0) return;
      const top = Math.round(u.valToPos(row + 1, 'y', true)), foot = Math.round(u.valToPos(row, 'y', true));
      ctx.globalAlpha = 0.1 + 0.9 * Math.sqrt(count / heat.most);
      ctx.fillStyle = color;
      ctx.fillRect(left, top, Math.max(1, right - left - 1), Math.max(1, foot - top - 1));
    });
  }));
}

/** What happened stands as dotted hairlines on small triangles; with its title where few of them have room. */
export function drawMarks(u: uPlot, { chart }: Scene): void {
  const { ctx, bbox } = u, ratio = uPlotRatio(u), foot = bbox.top + bbox.height;
  const shown = (chart.marks ?? []).map((mark) => ({ mark, x: u.valToPos(mark.atMs / 1000, 'x', true) }))
    .filter(({ x }) => x >= bbox.left && x <= bbox.left + bbox.width);
  const named = shown.length < 4 && bbox.width > 520 * ratio;
  ctx.save();
  ctx.font = fontOf(u, 400);
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  let taken = 0;
  for (const { mark, x } of shown) {
    drawSpan(u, mark.untilMs, x, ratio);
    ctx.strokeStyle = token('border-2');
    ctx.lineWidth = ratio;
    ctx.setLineDash([ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(crisp(x), bbox.top);
    ctx.lineTo(crisp(x), foot);
    ctx.stroke();
    ctx.fillStyle = token('text-3');
    ctx.beginPath();
    ctx.moveTo(x, foot);
    ctx.lineTo(x - 3.5 * ratio, foot + 5 * ratio);
    ctx.lineTo(x + 3.5 * ratio, foot + 5 * ratio);
    ctx.fill();
    if (named) taken = drawName(u, shorten(mark.title), x + 5 * ratio, taken, ratio);
  }
  ctx.restore();
}

/** Writes a name where there is room for it, within the plot; returns up to where there is none any more. */
function drawName({ ctx, bbox }: uPlot, name: string, x: number, taken: number, ratio: number): number {
  const width = ctx.measureText(name).width, left = Math.min(x, bbox.left + bbox.width - width);
  if (left < taken) return taken;
  ctx.fillText(name, left, bbox.top + ratio);
  return left + width + 8 * ratio;
}

/** What lasted is washed from its beginning to its end. */
function drawSpan(u: uPlot, untilMs: number | null, x: number, ratio: number): void {
  if (untilMs === null) return;
  const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(untilMs / 1000, 'x', true));
  u.ctx.fillStyle = faded('text-3', 0.1);
  u.ctx.fillRect(x, u.bbox.top, Math.max(ratio, right - x), u.bbox.height);
}

/** The fill under a single curve: 26 % at the top to 2 %. */
export function areaFill(u: uPlot, color: string): CanvasGradient {
  const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
  gradient.addColorStop(0, faded(color, 0.26));
  gradient.addColorStop(1, faded(color, 0.02));
  return gradient;
}

function runs(u: uPlot, index: number, visit: (points: [number, number][]) => void): void {
  const times = u.data[0], values = u.data[index];
  // A plot that was replaced may still draw once, when the chart has more curves than it knows of.
  if (!values) return;
  let points: [number, number][] = [];
  for (let i = 0; i <= values.length; i++) {
    const value = i < values.length ? values[i] : null;
    if (typeof value === 'number') points.push([u.valToPos(times[i]!, 'x', true), u.valToPos(value, 'y', true)]);
    else if (value === null && points.length) {
      visit(points);
      points = [];
    }
  }
}

/** A point without neighbours is a dot, since a line of one point is nothing. */
export function drawLonePoints(u: uPlot, { chart }: Scene): void {
  if (chart.shape === 'bars') return;
  const ratio = uPlotRatio(u);
  inPlot(u, (ctx) => chart.curves.forEach((curve, at) => runs(u, at + 1, (points) => {
    if (points.length > 1) return;
    ctx.fillStyle = token(curve.color);
    ctx.beginPath();
    ctx.arc(points[0]![0], points[0]![1], 2.5 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  })));
}

/** Where a curve is beyond its line it turns red, and the space between them fills. */
export function drawBreach(u: uPlot, { chart }: Scene): void {
  const line = chart.line;
  if (!line || chart.shape === 'bars') return;
  const ratio = uPlotRatio(u), y = u.valToPos(line.value, 'y', true);
  const only = chart.curves.some((curve) => curve.main);
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  if (isBelow(line.op)) ctx.rect(bbox.left, y, bbox.width, bbox.top + bbox.height - y);
  else ctx.rect(bbox.left, bbox.top - 4 * ratio, bbox.width + 4 * ratio, y - bbox.top + 4 * ratio);
  ctx.clip();
  chart.curves.forEach((curve, at) => {
    if (curve.silent || (only && !curve.main)) return;
    runs(u, at + 1, (points) => breachOf(ctx, points, y, ratio));
  });
  ctx.restore();
}

function breachOf(ctx: CanvasRenderingContext2D, points: [number, number][], y: number, ratio: number): void {
  const curve = new Path2D();
  points.forEach(([px, py], i) => (i ? curve.lineTo(px, py) : curve.moveTo(px, py)));
  const area = new Path2D(curve);
  area.lineTo(points[points.length - 1]![0], y);
  area.lineTo(points[0]![0], y);
  ctx.fillStyle = faded('bad', 0.26);
  ctx.fill(area);
  ctx.strokeStyle = token('bad');
  ctx.lineWidth = 1.75 * ratio;
  ctx.lineJoin = 'round';
  ctx.stroke(curve);
}

/** The load line: a hairline, the mark on the axis, the value in the gutter. */
export function drawLoadLine(u: uPlot, { chart }: Scene): void {
  const line = chart.line;
  if (!line) return;
  const { ctx, bbox } = u, ratio = uPlotRatio(u);
  const y = crisp(u.valToPos(line.value, 'y', true));
  const color = token(line.over ? 'bad' : 'line');
  ctx.save();
  ctx.strokeStyle = color;
  ctx.globalAlpha = line.over ? 1 : 0.75;
  ctx.lineWidth = ratio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.globalAlpha = 1;
  if (!chart.bare) {
    drawMark(ctx, bbox.left, y, 4 * ratio, color, ratio);
    ctx.font = fontOf(u, 600);
    ctx.fillStyle = line.over ? color : token('text');
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    ctx.fillText(format(line.value, chart.unit), bbox.left - 11 * ratio, y);
  }
  if (line.label) lineLabel(u, line.label, y, ratio);
  ctx.restore();
}

/** Further thresholds, less strong than the load line. */
export function drawFurther(u: uPlot, { chart }: Scene): void {
  const { ctx, bbox } = u, ratio = uPlotRatio(u);
  for (const { value, bad } of chart.further ?? []) {
    const y = crisp(u.valToPos(value, 'y', true));
    ctx.save();
    ctx.strokeStyle = token(bad ? 'bad' : 'warn-m');
    ctx.globalAlpha = 0.8;
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

function drawMark(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string, ratio: number): void {
  ctx.lineWidth = 1.3 * ratio;
  ctx.strokeStyle = color;
  ctx.fillStyle = token('surface');
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - radius - 3.5 * ratio, y);
  ctx.lineTo(x + radius + 3.5 * ratio, y);
  ctx.stroke();
}

function lineLabel(u: uPlot, text: string, y: number, ratio: number): void {
  const { ctx, bbox } = u;
  ctx.font = fontOf(u, 500);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = 3 * ratio;
  ctx.strokeStyle = token('surface');
  ctx.strokeText(visible(text), bbox.left + 12 * ratio, y - 6 * ratio);
  ctx.fillStyle = token('text-2');
  ctx.fillText(visible(text), bbox.left + 12 * ratio, y - 6 * ratio);
}

/** Episodes are a red lane on the baseline. */
export function drawEpisodes(u: uPlot, { chart }: Scene): void {
  const { ctx, bbox } = u, ratio = uPlotRatio(u);
  ctx.save();
  ctx.fillStyle = token('bad');
  for (const [from, to] of chart.episodes ?? []) {
    const left = Math.max(bbox.left, u.valToPos(from / 1000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, u.valToPos(to / 1000, 'x', true));
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.roundRect(left, bbox.top + bbox.height - 2 * ratio, Math.max(5 * ratio, right - left), 4 * ratio, 2 * ratio);
    ctx.fill();
  }
  ctx.restore();
}

const labelHeight = 13;

function lastValue(curve: Curve): number | null {
  for (let i = curve.values.length - 1; i >= Math.max(0, curve.values.length - 4); i--)
    if (curve.values[i] != null) return curve.values[i]!;
  return null;
}

/** Names at the ends of up to six curves, nudged apart. */
export function drawEndLabels(u: uPlot, { chart }: Scene): void {
  if (!chart.endLabels) return;
  const { ctx, bbox } = u, ratio = uPlotRatio(u);
  const labels = chart.curves.filter((curve) => !curve.silent)
    .map((curve) => ({ curve, value: lastValue(curve) }))
    .filter((label) => label.value !== null)
    .map(({ curve, value }) => ({ curve, at: u.valToPos(value!, 'y', true), y: 0 }))
    .sort((a, b) => a.at - b.at);
  let floor = bbox.top;
  for (const label of labels) {
    label.y = Math.max(label.at, floor);
    floor = label.y + labelHeight * ratio;
  }
  let ceiling = bbox.top + bbox.height + 2 * ratio;
  for (const label of labels.reverse()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - labelHeight * ratio;
  }
  ctx.save();
  ctx.font = fontOf(u, 500);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const x = bbox.left + bbox.width + 4 * ratio;
  for (const { curve, y } of labels) {
    ctx.fillStyle = token(curve.color);
    ctx.fillRect(x, y - ratio, 7 * ratio, 2 * ratio);
    ctx.fillStyle = token('text-2');
    ctx.fillText(shorten(curve.name), x + 11 * ratio, y + 0.5 * ratio);
  }
  ctx.restore();
}

export function shorten(name: string): string {
  const text = visible(name.length > 60 ? name.slice(0, 60) : name);
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}
