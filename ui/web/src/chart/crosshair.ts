import type uPlot from 'uplot';
import { crosshairMs } from '../lib/marks';

/** A plot under the crosshair; those of one key share it. */
export interface Crossed {
  u: uPlot;
  key: string | undefined;
  /** What the point on each curve is filled with; null for a curve without one. */
  points: () => (string | null)[];
  tell: (index: number | null) => void;
  /** What was told last. */
  index: number | null;
}

/** Where the crosshair of one plot stands in another: at `scale` times its place, and `shift` pixels more. */
interface Placed { plot: Crossed; scale: number; shift: number; width: number }

/** Lines that move together: one element, moved as a whole. The one of a plot with another range goes by itself. */
interface Layer { element: HTMLElement; scale: number; alone: Placed | null; at: number | null }

const crossed = new Set<Crossed>();
let active: Crossed | null = null, placed: Placed[] = [], layers: Layer[] = [], stale = true, frame = 0, selecting = false;
const owed = new Set<Crossed>();
const perFrame = 8, aheadPx = 100, mostApartPx = 4;

function element(className: string): HTMLElement {
  const made = document.createElement('div');
  made.className = className;
  made.ariaHidden = 'true';
  return made;
}

/** The line and the points of the plot that is pointed at; there is one of them on a page. */
const line = element('u-cursor-x');
const dots: HTMLElement[] = [];

const widthOf = (u: uPlot): number => u.bbox.width / devicePixelRatio;

function placeOf(plot: Crossed, from: uPlot): Placed {
  const x = plot.u.scales['x']!, fromX = from.scales['x']!, width = widthOf(plot.u);
  const perSecond = width / (x.max! - x.min!), perSecondFrom = widthOf(from) / (fromX.max! - fromX.min!);
  return { plot, scale: perSecond / perSecondFrom, shift: (fromX.min! - x.min!) * perSecond, width };
}

/** The line of a plot begins where its plot does; the layer brings it to the crosshair. */
function lineAt(box: DOMRect, base: DOMRect, shift: number): HTMLElement {
  const made = element('u-cursor-x');
  made.style.cssText = `left:${Math.round(box.left - base.left + shift)}px;top:${Math.round(box.top - base.top)}px;height:${Math.round(box.height)}px`;
  return made;
}

function dropLayers(): void {
  for (const layer of layers) layer.element.remove();
  layers = [];
}

/** Finds the plots in view that share the crosshair; reads the page's layout, so only when something moved. */
function place(from: Crossed): void {
  stale = false;
  dropLayers();
  const others = from.key === undefined ? [] : [...crossed].filter((plot) => plot !== from && plot.key === from.key && plot.u.data[0].length > 0);
  const host = from.u.root.closest('.board, main') ?? document.body;
  const seen = others.map((plot) => ({ plot, box: plot.u.over.getBoundingClientRect() })).filter(({ box }) => box.width > 0 && box.bottom > -aheadPx && box.top < innerHeight + aheadPx);
  const base = host.getBoundingClientRect(), byScale = new Map<string, Layer>();
  placed = seen.map(({ plot, box }) => {
    const place = placeOf(plot, from.u), { scale, shift, width } = place;
    const apart = Math.max(Math.abs(shift), Math.abs(shift + scale * widthOf(from.u) - width)) > mostApartPx;
    const key = apart ? `alone ${byScale.size}` : scale.toFixed(4);
    const layer = byScale.get(key) ?? { element: element('cross-layer'), scale, alone: apart ? place : null, at: null };
    byScale.set(key, layer);
    layer.element.append(lineAt(box, base, apart ? 0 : shift));
    return place;
  });
  const told = new Set(placed.map(({ plot }) => plot)).add(from);
  for (const plot of crossed) if (!told.has(plot)) tell(plot, null);
  layers = [...byScale.values()];
  host.append(...layers.map((layer) => layer.element));
}

function moveLayer(layer: Layer, left: number): void {
  const { alone, scale } = layer;
  const at = Math.round(left * scale + (alone?.shift ?? 0));
  if (at === layer.at) return;
  layer.at = at;
  if (alone) layer.element.hidden = at < 0 || at > alone.width;
  layer.element.style.transform = `translateX(${at}px)`;
}

/** The index of the point that is nearest to a time. */
export function nearest(times: ArrayLike<number>, at: number): number {
  let low = 0, high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle; else high = middle;
  }
  return Math.abs(times[low]! - at) <= Math.abs(times[high]! - at) ? low : high;
}

function tellSome(): void {
  frame = 0;
  if (active && stale) moved(active);
  let count = 0;
  for (const plot of owed) {
    owed.delete(plot);
    plot.tell(plot.index);
    if (++count === perFrame) break;
  }
  if (owed.size) frame ||= requestAnimationFrame(tellSome);
}

/** The figures of the plot that is pointed at follow at once; those of the others, which may be many, in their turn. */
function tell(plot: Crossed, index: number | null): void {
  if (plot === active) {
    owed.delete(plot);
    plot.index = index;
    return plot.tell(index);
  }
  if (plot.index === index) return;
  plot.index = index;
  owed.add(plot);
  frame ||= requestAnimationFrame(tellSome);
}

function pointAt(at: number): HTMLElement {
  return (dots[at] ??= element('u-cursor-pt'));
}

/** The points stand on the curves of the plot that is pointed at. */
function showPoints({ u, points }: Crossed, index: number): void {
  const colors = points(), x = Math.ceil(u.valToPos(u.data[0][index]!, 'x'));
  colors.forEach((color, i) => {
    const value = u.data[i + 1]?.[index], dot = pointAt(i);
    dot.hidden = color === null || value == null;
    if (dot.hidden) return;
    dot.style.background = color!;
    dot.style.transform = `translate(${x}px, ${Math.ceil(u.valToPos(value!, 'y'))}px) translate(-50%, -50%)`;
    if (dot.parentNode !== u.over) u.over.append(dot);
  });
  for (const dot of dots.slice(colors.length)) dot.remove();
}

/** A drag spans the same time in all of them. */
function select({ left, width }: { left: number; width: number }): void {
  if (width <= 0 && !selecting) return;
  selecting = width > 0;
  for (const { plot: { u }, scale, shift } of placed)
    u.setSelect({ left: Math.max(0, left * scale + shift), width: width * scale, top: 0, height: width > 0 ? u.bbox.height / devicePixelRatio : 0 }, false);
}

export const unselect = (): void => select({ left: 0, width: 0 });

function begin(plot: Crossed): void {
  if (active !== plot) {
    const was = active;
    active = plot;
    stale = true;
    was?.u.setCursor({ left: -10, top: -10 });
  }
  if (line.parentNode !== plot.u.over) plot.u.over.append(line);
}

function end(): void {
  const was = active;
  if (!was) return;
  tell(was, null);
  active = null;
  line.remove();
  for (const dot of dots) dot.remove();
  dropLayers();
  stale = true;
  crosshairMs.value = null;
  for (const plot of crossed) tell(plot, null);
}

/** The crosshair of a plot moved, or left it. */
export function moved(plot: Crossed): void {
  const { left = -1, idx } = plot.u.cursor;
  if (left < 0 || idx == null) return active === plot ? end() : undefined;
  begin(plot);
  if (stale) place(plot);
  line.style.transform = `translateX(${Math.round(left)}px)`;
  showPoints(plot, idx);
  for (const layer of layers) moveLayer(layer, left);
  select(plot.u.select);
  const at = plot.u.posToVal(left, 'x');
  crosshairMs.value = plot.u.data[0][idx]! * 1000;
  tell(plot, idx);
  for (const { plot: other } of placed) tell(other, nearest(other.u.data[0], at));
}

/** What a plot shows, or where, is another now. */
function changed(): void {
  stale = true;
  if (active) frame ||= requestAnimationFrame(tellSome);
}

export function join(plot: Crossed): () => void {
  crossed.add(plot);
  changed();
  return () => {
    if (active === plot) end();
    crossed.delete(plot);
    owed.delete(plot);
    placed = placed.filter((each) => each.plot !== plot);
    changed();
  };
}

export { changed as replaced };

for (const kind of ['scroll', 'resize']) window.addEventListener(kind, () => { stale = true; }, { capture: true, passive: true });
