import { useSignalEffect, useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { api, explain } from './api';
import { compareNow, comparison } from './compare';
import { freshness, liveState } from './live';
import { inLine } from './line';
import { rangeKey, rangeNow, stepSeconds, type Range } from './range';

export interface FrameSeries {
  labels: Record<string, string>;
  values: (number | null)[];
}

/** The answer of one range query on a grid of times (seconds since the epoch). */
export interface Frame {
  times: number[];
  series: FrameSeries[];
}

export interface Ask {
  id: string;
  /** The expression for a window such as "1m", and the seconds between two points. */
  expr: (window: string, stepS: number) => string;
  /** Counts per bucket: the window is exactly the step, and the bucket that is still filling is included. */
  bucketed?: boolean;
  /** Asks for the same length of time this much earlier, drawn over the present. */
  shiftMs?: number;
  /** Where the answer comes from, if not from the query API. */
  from?: Source;
  /** Asked for the period that the page is compared with too, as `<id>.before`: see beforeOf. */
  compared?: boolean;
}

/** Answers a range query; times are seconds. */
export type Source = (range: { startS: number; endS: number; stepS: number }, abort: AbortSignal) => Promise<Matrix>;

export interface Asked {
  frames: Record<string, Frame>;
  range: Range;
  stepS: number;
  tookMs: number;
  /** The name of the period that `<id>.before` are of. */
  before?: string;
  error: { message: string; hint: string } | null;
  loading: boolean;
}

type Points = Map<number, number>;
interface Kept { stepS: number; shiftS: number; expr: string; fromS: number; untilS: number; series: Map<string, { labels: Record<string, string>; points: Points }> }

export interface Matrix {
  data: { resultType: string; result: { metric: Record<string, string>; values?: [number, string][]; histograms?: [number, { buckets?: [number, string, string, string][] }][] }[] };
}

/** A window must hold two samples of a series that comes every 10 to 30 s, and every minute or two where the range is long. */
const leastWindowS = (stepS: number): number => (stepS < 20 ? 60 : 300);

/** A sample counts for this long: the place after now still has a value where the steps are shorter. */
const lookbackS = 300;

const windowText = (seconds: number): string => (seconds % 60 ? `${seconds}s` : seconds % 3600 ? `${seconds / 60}m` : `${seconds / 3600}h`);

export const windowFor = (stepS: number, isBucketed = false): string => windowText(isBucketed ? stepS : Math.max(leastWindowS(stepS), stepS));

function add(kept: Kept, labels: Record<string, string>, values: [number, string][], shiftS: number): void {
  const key = JSON.stringify(Object.entries(labels).sort());
  const series = kept.series.get(key) ?? { labels, points: new Map<number, number>() };
  for (const [at, text] of values) {
    const value = Number(text.replace('Inf', 'Infinity'));
    if (Number.isFinite(value)) series.points.set(Math.round(at + shiftS), value);
  }
  kept.series.set(key, series);
}

/** Charts that are waiting for an answer: where they are many, what can come later does. */
let asking = 0;
const many = 8;

/** Keeps what was fetched of one expression and asks only for what is new. */
class Cache {
  private kept: Kept | null = null;
  /** The present moment was left out, since many charts were waiting for their first curves. */
  owesNow = false;

  async read(ask: Ask, range: Range, stepS: number, abort: AbortSignal): Promise<Frame> {
    asking++;
    try {
      // All charts of a page begin in one task: after it their number is known.
      await null;
      return await this.ask(ask, range, stepS, abort);
    } finally {
      asking--;
    }
  }

  private async ask(ask: Ask, range: Range, stepS: number, abort: AbortSignal): Promise<Frame> {
    const shiftS = (ask.shiftMs ?? 0) / 1000;
    const expr = ask.expr(windowFor(stepS, ask.bucketed), stepS);
    const fromS = Math.floor(range.fromMs / 1000 / stepS) * stepS;
    const open = ask.bucketed || ask.from !== undefined || (!expr.includes('[') && stepS < lookbackS);
    const toS = (open && range.sliding ? Math.ceil(range.toMs / 1000 / stepS) : Math.floor(range.toMs / 1000 / stepS)) * stepS;
    const fits = this.kept?.stepS === stepS && this.kept.shiftS === shiftS && this.kept.expr === expr && this.kept.fromS <= fromS && this.kept.untilS > fromS && this.kept.untilS <= toS;
    if (!fits) this.kept = null;
    const startS = this.kept ? Math.max(fromS, this.kept.untilS - 3 * stepS) : fromS;
    const query = new URLSearchParams({ query: expr, start: String(startS - shiftS), end: String(toS - shiftS), step: String(stepS) });
    const nowS = Math.floor(range.toMs / 1000);
    const wantsNow = range.sliding && !open && !shiftS && nowS > toS;
    const hasNow = wantsNow && (this.kept !== null || asking <= many);
    this.owesNow = wantsNow && !hasNow;
    const [answer, newest] = await Promise.all([
      inLine(() => (ask.from ? ask.from({ startS: startS - shiftS, endS: toS - shiftS, stepS }, abort) : api<Matrix>(`/api/v1/query_range?${query}`, { signal: abort })), abort),
      hasNow ? inLine(() => api<Vector>(`/api/v1/query?${new URLSearchParams({ query: expr, time: String(nowS) })}`, { signal: abort }), abort) : null,
    ]);
    const kept: Kept = this.kept ?? { stepS, shiftS, expr, fromS, untilS: toS, series: new Map() };
    this.merge(kept, answer, startS, shiftS);
    for (const { metric, value } of newest?.data.result ?? []) add(kept, metric, value ? [[nowS, value[1]]] : [], 0);
    kept.fromS = fromS;
    kept.untilS = toS;
    this.kept = kept;
    return this.frame(kept, fromS, toS, hasNow ? nowS : null);
  }

  private merge(kept: Kept, answer: Matrix, startS: number, shiftS: number): void {
    for (const { points } of kept.series.values())
      for (const at of [...points.keys()].reverse()) if (at >= startS) points.delete(at); else break;
    for (const { metric, values = [] } of answer.data.result) add(kept, metric, values, shiftS);
  }

  /** The grid, and the present moment as its last place: a rate over a whole window is as true there as on the grid. */
  private frame(kept: Kept, fromS: number, toS: number, nowS: number | null): Frame {
    const times: number[] = [];
    for (let at = fromS; at <= toS; at += kept.stepS) times.push(at);
    if (nowS !== null) times.push(nowS);
    const series: FrameSeries[] = [];
    for (const [key, { labels, points }] of kept.series) {
      for (const at of points.keys()) if (at < fromS) points.delete(at); else break;
      if (points.size === 0) kept.series.delete(key);
      else series.push({ labels, values: times.map((at) => points.get(at) ?? null) });
    }
    return { times, series };
  }
}

const soonMs = 1000;
const settleMs = (stepS: number): number => Math.min(10_000, Math.max(2500, stepS * 1000));

export interface FrameOptions {
  widthPx: number;
  /** Overrides the range of the page. */
  range?: () => Range;
  leastStepS?: number;
  everyMs?: number;
}

/**
 * Asks and keeps asking: at once when the range or the expressions change, then as often as new points can come, while
 * the page is visible and live. Old data stays while new is fetched.
 */
export function useFrames(asks: Ask[], options: FrameOptions): Signal<Asked> & { refresh: () => void } {
  const asked = useSignal<Asked>({ frames: {}, range: (options.range ?? rangeNow)(), stepS: 60, tookMs: 0, error: null, loading: true });
  const state = useRef({ caches: new Map<string, Cache>(), asks, options, abort: new AbortController(), timer: 0, running: false, again: false, seen: '' });
  const my = state.current;
  my.asks = asks;
  my.options = options;

  const run = async (): Promise<void> => {
    window.clearTimeout(my.timer);
    if (my.running) { my.again = true; return; }
    if (my.options.widthPx <= 0 || my.asks.length === 0) return;
    my.running = true;
    const range = (my.options.range ?? rangeNow)();
    const stepS = stepSeconds(range, my.options.widthPx, my.options.leastStepS);
    const abort = my.abort.signal;
    const compared = options.range ? null : compareNow(range);
    const asks = compared ? my.asks.flatMap((ask) => (ask.compared ? [ask, { ...ask, id: `${ask.id}.before`, shiftMs: (ask.shiftMs ?? 0) + compared.shiftMs }] : [ask])) : my.asks;
    const began = performance.now();
    if (!asked.peek().loading) asked.value = { ...asked.value, loading: true };
    try {
      const entries = await Promise.all(asks.map(async (ask) => {
        const cache = my.caches.get(ask.id) ?? new Cache();
        my.caches.set(ask.id, cache);
        return [ask.id, await cache.read(ask, range, stepS, abort)] as const;
      }));
      asked.value = { frames: Object.fromEntries(entries), range, stepS, tookMs: performance.now() - began, error: null, loading: false, ...(compared ? { before: compared.name } : {}) };
    } catch (error) {
      if (abort.aborted) return;
      asked.value = { ...asked.value, error: explain(error), loading: false };
    } finally {
      my.running = false;
    }
    if (my.again) { my.again = false; void run(); return; }
    my.timer = window.setTimeout(() => { if (!document.hidden && liveState.value !== 'paused') void run(); }, [...my.caches.values()].some(({ owesNow }) => owesNow) ? soonMs : my.options.everyMs ?? settleMs(stepS));
  };

  const asksKey = asks.map((ask) => ask.id + ask.expr('1m', 60)).join('\n');
  useLayoutEffect(() => { void run(); }, [asksKey, Math.round(options.widthPx / 40)]);
  useSignalEffect(() => { const now = `${rangeKey.value} ${comparison.value} ${freshness.value}`; if (my.seen && my.seen !== now) void run(); my.seen = now; });
  useEffect(() => {
    const shown = (): void => { if (!document.hidden) void run(); };
    document.addEventListener('visibilitychange', shown);
    return () => {
      document.removeEventListener('visibilitychange', shown);
      window.clearTimeout(my.timer);
      my.abort.abort();
    };
  }, []);
  return Object.assign(asked, { refresh: () => void run() });
}

interface Vector {
  data: { resultType: string; result: { metric: Record<string, string>; value?: [number, string] }[] };
}

/** One instant query, as labels and numbers. */
export async function instant(expr: string, signal?: AbortSignal): Promise<{ labels: Record<string, string>; value: number }[]> {
  const answer = await api<Vector>(`/api/v1/query?${new URLSearchParams({ query: expr })}`, signal ? { signal } : {});
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number((value?.[1] ?? 'NaN').replace('Inf', 'Infinity')) }));
}
