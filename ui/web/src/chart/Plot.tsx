import { useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { axisStep, clock, dateTime, dayName, format } from '../lib/format';
import { paint } from '../lib/prefs';
import { unzoom, zoomTo } from '../lib/range';
import { faded, token } from './colors';
import { breakAtGaps } from './gaps';
import { areaFill, drawBreach, drawDeploys, drawEndLabels, drawEpisodes, drawGaps, drawLoadLine, drawLonePoints, shorten, type Scene } from './layers';
import type { Chart } from './model';
import { yScale, type YScale } from './scale';

export interface PlotProps {
  chart: Chart;
  height: number;
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

/** Ticks that would be cut off at the edges stay empty. */
function timeLabels(u: uPlot, splits: number[], increment: number): (string | null)[] {
  return splits.map((at) => {
    const label = tickTime(at, increment);
    const x = u.valToPos(at, 'x') , half = textWidth(label) / 2;
    const width = u.bbox.width / devicePixelRatio;
    return x - half < -8 || x + half > width + 8 ? null : label;
  });
}

function valueLabels(live: Live, u: uPlot): (string | null)[] {
  const { label } = axisStep(live.scale.high, live.chart.unit);
  const line = live.chart.line;
  return live.scale.ticks.map((at) => {
    const near = line && Math.abs(u.valToPos(at, 'y') - u.valToPos(line.value, 'y')) < 13;
    return near ? null : label(at);
  });
}

function gutter(live: Live): number {
  const { label } = axisStep(live.scale.high, live.chart.unit);
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

/** What forces a new uPlot: anything but data, bounds and the line. */
const shapeKey = ({ chart, sync, zoomable }: PlotProps): string =>
  JSON.stringify([chart.curves.map(({ name, color, width, dashed }) => [name, color, width, dashed]), chart.shape, chart.bare, chart.endLabels, chart.unit, sync, zoomable]);

function seriesOf(live: Live): uPlot.Series[] {
  const { chart } = live;
  const single = chart.curves.filter((curve) => !curve.silent).length === 1;
  return [{}, ...chart.curves.map((curve): uPlot.Series => ({
    label: curve.name,
    stroke: () => token(curve.color),
    width: curve.width ?? (single ? 1.5 : 1.4),
    points: { show: false },
    ...(curve.dashed ? { dash: [2, 3] } : {}),
    ...(chart.shape === 'bars' ? { paths: uPlot.paths.bars!({ size: [0.72, 40], radius: 0.12 }), fill: () => faded(curve.color, 0.55), width: 0 } : {}),
    ...(chart.shape === 'area' && !curve.silent ? { fill: (u: uPlot) => areaFill(u, curve.color) } : {}),
  }))];
}

function optionsOf(live: Live, width: number, pill: HTMLElement): uPlot.Options {
  const { chart, props } = live;
  const axis: Partial<uPlot.Axis> = { stroke: () => token('text-3'), font: `11px ${token('font')}`, ticks: { show: false } };
  const each = (draw: (u: uPlot, scene: Scene) => void) => (u: uPlot) => draw(u, live.scene);
  return {
    width,
    height: props.height,
    padding: chart.bare ? [4, 0, 0, 0] : [10, endGutter(chart), 0, 0],
    legend: { show: false },
    cursor: {
      show: !chart.bare, y: false, x: true,
      drag: { x: props.zoomable ?? false, y: false, setScale: false },
      points: { size: 7, width: 1.5, stroke: () => token('surface'), fill: (_, at) => token(live.chart.curves[at - 1]?.color ?? 's1'), show: (u, at) => (live.chart.curves[at - 1]?.silent || chart.curves.length > 12 ? document.createElement('i') : pointOf(u, at, live)) },
      ...(props.sync ? { sync: { key: props.sync, setSeries: false } } : {}),
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
    hooks: {
      drawAxes: [each(drawGaps), each(drawDeploys)],
      draw: [each(drawLonePoints), each(drawBreach), each(drawLoadLine), each(drawEpisodes), each(drawEndLabels)],
      setCursor: [(u) => cursorMoved(u, live, pill)],
      setSelect: [(u) => selected(u)],
    },
  };
}

function pointOf(u: uPlot, at: number, live: Live): HTMLElement {
  const point = document.createElement('div');
  point.className = 'u-cursor-pt';
  point.style.setProperty('--pt', token(live.chart.curves[at - 1]?.color ?? 's1'));
  u.over.appendChild(point);
  return point;
}

function cursorMoved(u: uPlot, live: Live, pill: HTMLElement): void {
  const index = u.cursor.idx ?? null;
  const left = u.cursor.left ?? -1;
  const at = index === null ? undefined : live.chart.times[index];
  const shown = left >= 0 && at !== undefined;
  pill.hidden = !shown;
  if (shown) {
    pill.textContent = live.chart.stepS < 60 ? clock(at * 1000, true) : dateTime(at * 1000);
    pill.style.transform = `translateX(${Math.round(u.over.offsetLeft + left)}px) translateX(-50%)`;
  }
  live.props.onCursor?.(shown ? index : null);
}

function selected(u: uPlot): void {
  const { left, width } = u.select;
  if (width > 6) zoomTo(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
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

function steps(u: uPlot, event: KeyboardEvent): void {
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
  if (!live.current) live.current = { chart, scale: yScale(chart), scene: { chart, gaps: [] }, props };
  const my = live.current;

  const update = (): void => {
    my.chart = chart;
    my.props = props;
    my.scale = yScale(chart);
    my.scene.chart = chart;
  };
  useEffect(() => {
    update();
    const width = holder.current!.clientWidth;
    const u = new uPlot(optionsOf(my, Math.max(40, width), pill.current!), dataOf(chart, my.scene), frame.current!);
    plot.current = u;
    const observer = new ResizeObserver(() => {
      const next = holder.current?.clientWidth ?? 0;
      if (next > 0 && (next !== u.width || my.props.height !== u.height)) u.setSize({ width: next, height: my.props.height });
    });
    observer.observe(holder.current!);
    return () => { observer.disconnect(); u.destroy(); plot.current = null; };
  }, [shapeKey(props)]);
  useEffect(() => {
    update();
    const u = plot.current;
    if (!u) return;
    if (u.height !== height) u.setSize({ width: u.width, height });
    u.setData(dataOf(chart, my.scene));
  }, [chart, height]);
  useSignalEffect(() => { if (paint.value > 0) plot.current?.redraw(false, true); });

  return (
    <div class={`plot${props.faint ? ' faint' : ''}`} ref={holder} style={{ height: `${height}px` }}>
      <div class="canvas" ref={frame} role="img" aria-label={summary(props)} tabIndex={chart.bare ? -1 : 0}
        onKeyDown={(event) => plot.current && steps(plot.current, event)}
        onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
        onTouchStart={(event) => touched(plot.current, event)} onTouchMove={(event) => touched(plot.current, event)}
        onTouchEnd={() => plot.current?.setCursor({ left: -10, top: -10 })}
        onDblClick={() => props.zoomable && unzoom()} />
      <div class="pill-time num" ref={pill} hidden aria-hidden="true" />
      {props.children}
    </div>
  );
}
