import { useMemo } from 'preact/hooks';
import { colorsFor } from '../../../chart/colors';
import { lastValue } from '../../../lib/blocks';
import { beforeOf, type Before } from '../../../lib/compare';
import { useFrames, type Ask, type Asked, type Frame, type Source } from '../../../lib/frames';
import { shortNames } from '../../../lib/promql';
import type { PanelModel } from '../model';
import { inWords, legendOf, substitute, type Values } from '../variables';
import type { Mark } from '../../../chart/model';

/** What all panels of a page share. */
export interface View {
  values: Values;
  rangeMs: number;
  /** Milliseconds between two questions; left out, as often as new points can come. */
  everyMs?: number;
  marks: Mark[];
  /** Where the answers of a shared page come from. */
  source?: (panel: string, query: number) => Source;
}

export interface Row {
  key: string;
  name: string;
  labels: Record<string, string>;
  query: number;
  color: string;
  values: (number | null)[];
}

export interface PanelData {
  times: number[];
  rows: Row[];
  asked: Asked;
  refresh: () => void;
}

const hue: Record<string, string> = { p50: 'q50', p90: 'q95', p95: 'q95', p99: 'q99' };

/** Percentiles of one thing are one hue in depths; everything else keeps a colour by its name. */
function colored(names: string[]): string[] {
  return names.length > 1 && names.every((name) => hue[name]) ? names.map((name) => hue[name]!) : colorsFor(names);
}

/** Several answers on one grid: some of them end with the present moment, others on the grid. */
function aligned(frames: (Frame | undefined)[]): { times: number[]; frames: (Frame | undefined)[] } {
  const known = frames.filter((frame): frame is Frame => frame !== undefined);
  const longest = known.reduce<Frame | undefined>((best, frame) => (frame.times.length > (best?.times.length ?? -1) ? frame : best), undefined);
  if (!longest || known.every(({ times }) => times.length === longest.times.length && times[times.length - 1] === longest.times[longest.times.length - 1])) return { times: longest?.times ?? [], frames };
  const times = [...new Set(known.flatMap((frame) => frame.times))].sort((a, b) => a - b);
  return { times, frames: frames.map((frame) => frame && onTimes(frame, times)) };
}

function onTimes(frame: Frame, times: number[]): Frame {
  const place = new Map(frame.times.map((at, i) => [at, i]));
  return { times, series: frame.series.map(({ labels, values }) => ({ labels, values: times.map((at) => values[place.get(at) ?? -1] ?? null) })) };
}

function namesOf(panel: PanelModel, found: { labels: Record<string, string>; query: number }[], values: Values): string[] {
  const short = shortNames(found.map(({ labels }) => labels), '');
  return found.map(({ labels, query }, i) => {
    const legend = legendOf(inWords(panel.queries[query]?.legend ?? '', values), labels);
    return legend || short[i] || (panel.queries.length > 1 ? `query ${query + 1}` : inWords(panel.title, values) || 'value');
  });
}

/** The series of all queries of a panel, the highest last value first within each query. */
export function rowsOf(panel: PanelModel, asked: Asked, values: Values): Pick<PanelData, 'times' | 'rows'> {
  const { times, frames } = aligned(panel.queries.map((_, i) => asked.frames[String(i)]));
  const found = frames.flatMap((frame, query) => (frame?.series ?? [])
    .map(({ labels, values: points }) => ({ labels, query, values: points, last: lastValue(points) ?? -Infinity }))
    .sort((a, b) => b.last - a.last));
  const names = namesOf(panel, found, values), colors = colored(names);
  return { times, rows: found.map(({ labels, query, values: points }, i) => ({ key: `${query} ${JSON.stringify(labels)}`, name: names[i]!, labels, query, color: colors[i]!, values: points })) };
}

const perBucket = /\$(?:\{__interval|__interval\b)/;
/** Bars and counts per bucket want room; everything else a point a pixel. */
const pointPx = (panel: PanelModel): number => (panel.kind === 'bar' ? 10 : panel.kind === 'line' || panel.kind === 'area' ? 1 : 4);

function asksOf(panel: PanelModel, view: View): Ask[] {
  return panel.queries.map((query, i): Ask => ({
    id: String(i), bucketed: panel.kind === 'bar' || perBucket.test(query.expr),
    expr: (_, stepS) => substitute(query.expr, view.values, { stepS, rangeMs: view.rangeMs }),
    ...(view.source ? { from: view.source(panel.id, i) } : { compared: panel.queries.length === 1 && (panel.kind === 'line' || panel.kind === 'area') }),
  })).filter((_, i) => view.source !== undefined || panel.queries[i]!.expr.trim() !== '');
}

/** Asks for a panel while it is `visible`; what it has stays when it is not. */
export function usePanelData(panel: PanelModel, view: View, visible: boolean, widthPx: number): PanelData {
  const asks = useMemo(() => asksOf(panel, view), [panel.queries, panel.kind, view]);
  const frames = useFrames(visible ? asks : [], { widthPx: Math.max(0, widthPx) / pointPx(panel), ...(panel.kind === 'bar' ? { leastStepS: 10 } : {}), ...(view.everyMs ? { everyMs: view.everyMs } : {}) });
  const asked = frames.value;
  const found = useMemo(() => rowsOf(panel, asked, view.values), [asked.frames, panel.queries, panel.title, view.values]);
  return { ...found, asked, refresh: frames.refresh };
}

/** The earlier period of a panel that shows one curve. */
export const beforePanel = ({ rows, asked }: PanelData): Before | null => (rows.length === 1 ? beforeOf(asked, '0', rows[0]!.labels) : null);
