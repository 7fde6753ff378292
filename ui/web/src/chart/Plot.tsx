import { useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { axisStep, clock, dateTime, dayName, format, utcClock } from '../lib/format';
import { paint } from '../lib/prefs';
import { oneByOne } from '../lib/tasks';
import { unzoom, zoomTo } from '../lib/range';
import { wallOf, zone } from '../lib/zone';
import { faded, token } from './colors';
import { join, moved, nearest, replaced, unselect, type Crossed } from './crosshair';
import { breakAtGaps } from './gaps';
import { areaFill, drawBand, drawBreach, drawEndLabels, drawEpisodes, drawFurther, drawGaps, drawHeat, drawLoadLine, drawLonePoints, drawMarks, shorten, type Scene } from './layers';
import { MarkPoints, type PlotArea } from './MarkPoints';
import type { Chart, Mark } from './model';
import { yScale, type YScale } from './scale';

export interface PlotProps {
  chart: Chart;
  height: number;
  /** Where it is known; else it is measured. */
  width?: number;
  /** What the chart shows, for those who do not see it. */
  title: string;
  /** Plots of one name share their crosshair. */
  sync?: string;
  /** Index of the point under the crosshair, null without one. */
  onCursor?: (index: number | null) => void;
  zoomable?: boolean;
  faint?: boolean;
  children?: ComponentChildren;
}

interface Live {
  chart: Chart;
  scale: YScale;
  scene: Scene;
  props: PlotProps;
  /** What the canvas shows. */
  drawn: Chart | null;
}

const measure = document.createElement('canvas').getContext('2d')!;
function textWidth(text: string, weight = 400): number {
  measure.font = `${weight} 11px ${token('font')}`;
  return measure.measureText(text).width;
}

function tickTime(seconds: number, incrementS: number): string {
  if (incrementS >= 86_400) return dayName(seconds * 1000).slice(0, -4);
  return clock(seconds * 1000, incrementS < 60);
}

/** A date whose fields are what the chosen zone's clocks show: ticks then fall on its hours and days. */
function wallDate(seconds: number): Date {
  const { year, month, day, hour, minute, second } = wallOf(seconds * 1000);
  return new Date(year, month - 1, day, hour, minute, second);
}

/** Ticks that would be cut off at the edges stay empty. */
function timeLabels(u: uPlot, splits: number[], increment: number): (string | null)[] {
  return splits.map((at) => {
    const label = tickTime(at, increment);
    const x = u.valToPos(at, 'x') , half = textWidth(label) / 2;
    const width = u.bbox.width / devicePixelRatio;
    return x - half < -8 || x + half > width + 8 ? null : label;
  });
}

/** What a tick of the y axis says; of a heatmap, the bound that its rows have there. */
function tickLabel({ chart, scale }: Live): (at: number) => string {
  const { heat, unit } = chart;
  return heat ? (at) => format(heat.edges[at] ?? null, unit) : axisStep(scale.high, unit).label;
}

function valueLabels(live: Live, u: uPlot): (string | null)[] {
  const label = tickLabel(live);
  const line = live.chart.line;
  return live.scale.ticks.map((at) => {
    const near = line && Math.abs(u.valToPos(at, 'y') - u.valToPos(line.value, 'y')) < 13;
    return near ? null : label(at);
  });
}

function gutter(live: Live): number {
  const label = tickLabel(live);
  const widest = Math.max(...live.scale.ticks.map((at) => textWidth(label(at))), live.chart.line ? textWidth(format(live.chart.line.value, live.chart.unit), 600) + 4 : 0);
  return Math.max(38, Math.ceil(widest) + 12);
}

function endGutter(chart: Chart): number {
  if (!chart.endLabels) return 12;
  const widest = Math.max(0, ...chart.curves.filter((curve) => !curve.silent).map((curve) => textWidth(shorten(curve.name), 500)));
  return Math.ceil(widest) + 22;
}

function dataOf(chart: Chart, scene: Scene): uPlot.AlignedData {
  const broken = chart.curves.map((curve) => (chart.shape === 'bars' ? { values: curve.values, gaps: [] } : breakAtGaps(curve.values)));
  const shown = chart.curves.findIndex((curve) => !curve.silent);
  scene.gaps = chart.curves.length - chart.curves.filter((curve) => curve.silent).length === 1 ? broken[shown]?.gaps ?? [] : commonGaps(chart);
  return [chart.times, ...broken.map(({ values }) => values)] as uPlot.AlignedData;
}

/** With several curves only the intervals that all of them miss are washed. */
function commonGaps(chart: Chart): Scene['gaps'] {
  const present = chart.times.map((_, i) => (chart.curves.some((curve) => curve.values[i] != null) ? 1 : null));
  return breakAtGaps(present).gaps;
}

/** What forces a new uPlot: anything but data, bounds, names, colours and the line. */
const shapeKey = ({ chart, sync, zoomable }: PlotProps): string =>
  JSON.stringify([zone.value, chart.curves.map(({ width, dashed, silent }) => [width, dashed, silent]), chart.shape, chart.bare, chart.endLabels, chart.unit, chart.stacked, sync, zoomable]);

function seriesOf(live: Live): uPlot.Series[] {
  const { chart } = live;
  const single = chart.curves.filter((curve) => !curve.silent).length === 1;
  const color = (at: number): string => live.chart.curves[at]?.color ?? 's1';
  return [{}, ...chart.curves.map((curve, at): uPlot.Series => ({
    stroke: () => token(color(at)),
    width: curve.width ?? (single ? 1.5 : 1.4),
    points: { show: false },
    ...(curve.dashed ? { dash: [2, 3] } : {}),
    ...(chart.shape === 'bars' ? { paths: uPlot.paths.bars!({ size: [0.72, 40], align: -1, radius: 0.12 }), fill: () => (chart.stacked ? token(color(at)) : faded(color(at), 0.55)), width: 0 } : {}),
    ...(chart.shape === 'area' && !curve.silent ? { fill: (u: uPlot) => (chart.stacked ? faded(color(at), 0.34) : areaFill(u, color(at))) } : {}),
  }))];
}

/** Stacked areas are filled down to the one below, the lowest to the baseline. */
const bandsOf = (live: Live): uPlot.Band[] =>
  (live.chart.stacked && live.chart.shape === 'area' ? live.chart.curves.slice(1).map((_, i) => ({ series: [i + 1, i + 2], fill: () => faded(live.chart.curves[i]?.color ?? 's1', 0.34) })) : []);

function optionsOf(live: Live, width: number, pill: HTMLElement, onMove: (u: uPlot) => void, laidOut: (u: uPlot) => void): uPlot.Options {
  const { chart, props } = live;
  const axis: Partial<uPlot.Axis> = { stroke: () => token('text-3'), font: `11px ${token('font')}`, ticks: { show: false } };
  const { scene } = live, each = (draw: (u: uPlot, scene: Scene) => void) => (u: uPlot) => draw(u, scene);
  return {
    width,
    height: props.height,
    padding: chart.bare ? [4, 0, 0, 0] : [10, () => endGutter(live.chart), 0, 0],
    legend: { show: false },
    ...(zone.peek() === 'browser' ? {} : { tzDate: wallDate }),
    cursor: {
      show: !chart.bare, y: false, x: false,
      drag: { x: props.zoomable ?? false, y: false, setScale: false },
      points: { show: false },
    },
    scales: {
      x: { time: true, range: () => [live.chart.fromMs / 1000, live.chart.toMs / 1000] },
      y: { range: () => [live.scale.low, live.scale.high] },
    },
    axes: [
      { ...axis, show: !chart.bare, size: 22, gap: 6, space: 62, grid: { show: false }, border: { show: true, stroke: () => token('border-2'), width: 1 },
        values: (u, splits, _a, _s, increment) => timeLabels(u, splits, increment) },
      { ...axis, show: !chart.bare, size: () => gutter(live), gap: 8, grid: { stroke: () => token('grid'), width: 1, filter: (_, splits) => splits.map((at) => (at === live.scale.low ? null : at)) },
        splits: () => live.scale.ticks, values: (u) => valueLabels(live, u) },
    ],
    series: seriesOf(live),
    bands: bandsOf(live),
    hooks: {
      drawClear: [each(drawBand)],
      drawAxes: [each(drawGaps), each(drawHeat), each(drawMarks)],
      setCursor: [(u) => { showTime(u, live, pill); onMove(u); }],
      setSelect: [(u) => selected(u)],
      draw: [each(drawLonePoints), each(drawBreach), each(drawFurther), each(drawLoadLine), each(drawEpisodes), each(drawEndLabels), (u) => laidOut(u)],
    },
  };
}

/** What the points of a crosshair are filled with; with too many curves there are none. */
const pointColors = ({ chart: { curves } }: Live): (string | null)[] =>
  (curves.length > 12 ? [] : curves.map(({ silent, color }) => (silent ? null : token(color))));

/** Of the plots that share a crosshair only the one that is pointed at, or stepped through by keys, says the time. */
function showTime(u: uPlot, live: Live, pill: HTMLElement): void {
  const left = u.cursor.left ?? -1, at = u.cursor.idx == null ? undefined : live.chart.times[u.cursor.idx];
  const shown = left >= 0 && at !== undefined;
  if (pill.hidden === shown) pill.hidden = !shown;
  if (!shown) return;
  pill.textContent = (live.chart.stepS < 60 ? clock(at * 1000, true) : dateTime(at * 1000)) + utcClock(at * 1000);
  pill.style.transform = `translateX(clamp(50%, ${Math.round(u.bbox.left / devicePixelRatio + left)}px, ${u.width}px - 50%)) translateX(-50%)`;
}

function selected(u: uPlot): void {
  const { left, width } = u.select;
  if (width > 6) zoomTo(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  unselect();
}

function summary({ chart, title }: PlotProps): string {
  const values = chart.curves.filter((curve) => !curve.silent).flatMap((curve) => curve.values).filter((value): value is number => value != null);
  if (values.length === 0) return `${title}: no points`;
  const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
  const main = chart.curves.find((curve) => curve.main) ?? chart.curves[0]!;
  const now = [...main.values].reverse().find((value) => value != null);
  const parts = [`${title}: ${format(low, chart.unit)} to ${format(high, chart.unit)}`, `now ${format(now, chart.unit)}`];
  if (chart.line) parts.push(`${chart.line.over ? 'beyond' : 'within'} its line of ${format(chart.line.value, chart.unit)}`);
  return parts.join(', ');
}

const areaOf = (u: uPlot, was: PlotArea): PlotArea => {
  const left = Math.round(u.bbox.left / devicePixelRatio), width = Math.round(u.bbox.width / devicePixelRatio);
  return was.left === left && was.width === width ? was : { left, width };
};

/** The next mark on either side of the crosshair. */
function markBeside(u: uPlot, marks: Mark[], direction: number): number | null {
  const from = u.cursor.idx == null ? null : u.data[0][u.cursor.idx]! * 1000;
  const places = marks.map(({ atMs }) => nearest(u.data[0] as number[], atMs / 1000));
  const ahead = places.filter((at) => from === null || (direction > 0 ? at > u.cursor.idx! : at < u.cursor.idx!));
  return ahead.length ? (direction > 0 ? Math.min(...ahead) : Math.max(...ahead)) : null;
}

function steps(u: uPlot, event: KeyboardEvent, marks: Mark[]): void {
  const page = event.key === 'PageDown' ? 1 : event.key === 'PageUp' ? -1 : 0;
  const beside = page ? markBeside(u, marks, page) : null;
  if (beside !== null) {
    event.preventDefault();
    return u.setCursor({ left: u.valToPos(u.data[0][beside]!, 'x'), top: 10 });
  }
  const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (!direction || event.altKey || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const count = u.data[0].length;
  const index = Math.max(0, Math.min(count - 1, (u.cursor.idx ?? count) + direction * (event.shiftKey ? 10 : 1)));
  u.setCursor({ left: u.valToPos(u.data[0][index]!, 'x'), top: 10 });
}

/** On touch, press and slide is the crosshair; scrolling up and down stays the page's. */
function touched(u: uPlot | null, event: TouchEvent): void {
  const touch = event.touches[0];
  if (!u || !touch || event.touches.length > 1) return;
  const { left, width } = u.over.getBoundingClientRect();
  u.setCursor({ left: Math.max(0, Math.min(width - 1, touch.clientX - left)), top: 10 });
}

/** One chart on canvas, with its load line. */
export function Plot(props: PlotProps) {
  const holder = useRef<HTMLDivElement>(null), frame = useRef<HTMLDivElement>(null), pill = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null), live = useRef<Live | null>(null);
  const { chart, height } = props;
  if (!live.current) live.current = { chart, scale: yScale(chart), scene: { chart, gaps: [] }, props, drawn: null };
  const my = live.current;
  const spoken = useMemo(() => summary(props), [chart, props.title]);
  const [area, setArea] = useState<PlotArea>({ left: 0, width: 0 });

  const update = (): void => {
    my.chart = chart;
    my.props = props;
    my.scale = yScale(chart);
    my.scene.chart = chart;
  };
  const make = (): () => void => {
    my.drawn = my.chart;
    const width = props.width ?? holder.current!.clientWidth;
    let crossed: Crossed | null = null;
    const u = new uPlot(optionsOf(my, Math.max(40, width), pill.current!, () => crossed && moved(crossed), (drawn) => { if (my.chart.marks?.length) setArea((was) => areaOf(drawn, was)); }), dataOf(my.chart, my.scene), frame.current!);
    plot.current = u;
    crossed = { u, key: my.props.sync, points: () => pointColors(my), tell: (index) => my.props.onCursor?.(index), index: null };
    const leave = join(crossed);
    const observer = new ResizeObserver(() => {
      const next = holder.current?.clientWidth ?? 0;
      if (next > 0 && (next !== u.width || my.props.height !== u.height)) u.setSize({ width: next, height: my.props.height });
    });
    observer.observe(holder.current!);
    return () => { observer.disconnect(); leave(); u.destroy(); plot.current = null; };
  };
  const draw = (): void => {
    const u = plot.current;
    if (!u || (my.drawn === chart && u.height === height)) return;
    update();
    my.drawn = chart;
    if (u.height !== height) u.setSize({ width: u.width, height });
    u.setData(dataOf(chart, my.scene));
    replaced();
  };
  // Those of a board have taken their turn already; elsewhere each is made and drawn in a task of its own.
  const takesTurns = props.width === undefined;
  useLayoutEffect(() => {
    // A plot that goes may be drawn once more: what it shows stays what it was.
    my.scene = { chart, gaps: [] };
    update();
    let unmake = (): void => undefined;
    const begin = (): void => { unmake = make(); };
    const forget = takesTurns ? oneByOne(begin) : (begin(), undefined);
    return () => { forget?.(); unmake(); };
  }, [shapeKey(props)]);
  useEffect(() => {
    my.props = props;
    if (!plot.current) update();
    return takesTurns ? oneByOne(draw) : draw();
  }, [chart, height]);
  useSignalEffect(() => { if (paint.value > 0) plot.current?.redraw(false, true); });

  return (
    <div class={`plot${props.faint ? ' faint' : ''}`} ref={holder} style={{ height: `${height}px` }}>
      <div class="canvas" ref={frame} role="img" aria-label={spoken} tabIndex={chart.bare ? -1 : 0}
        onKeyDown={(event) => plot.current && steps(plot.current, event, chart.marks ?? [])}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
        onTouchStart={(event) => touched(plot.current, event)} onTouchMove={(event) => touched(plot.current, event)}
        onTouchEnd={() => plot.current?.setCursor({ left: -10, top: -10 })}
        onDblClick={() => props.zoomable && unzoom()} />
      <div class="pill-time num" ref={pill} hidden aria-hidden="true" />
      {!chart.bare && chart.marks && <MarkPoints chart={chart} height={height} area={area} />}
      {props.children}
    </div>
  );
}
