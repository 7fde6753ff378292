import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Mark } from '../chart/model';
import { api, explain, type Page } from './api';
import { freshness, liveState } from './live';
import { rangeKey, rangeNow, stepSeconds, type Range } from './range';
import { gone, leave } from './undo';

interface Annotation { id: string; at_ms: number; until_ms: number | null; title: string; text: string; kind: Mark['kind']; host: string; tags: string[]; source: string }
interface Matrix { data: { result: { metric: Record<string, string>; values?: [number, string][] }[] } }

const found = signal<Mark[]>([]);
export const marksError = signal<{ message: string; hint: string } | null>(null);
/** What happened in the range of the page: deploys and annotations, the earliest first. */
export const marks = computed<Mark[]>(() => found.value.filter(({ id }) => !gone.value.has(id)));

const most = 500, everyMs = 30_000;

async function annotations({ fromMs, toMs }: Range): Promise<Mark[]> {
  const query = new URLSearchParams({ from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs) + 1), limit: String(most) });
  const { items } = await api<Page<Annotation>>(`/api/app/annotations?${query}`);
  return items.map(({ id, at_ms, until_ms, title, text, kind, host, tags, source }) => ({ id, atMs: at_ms, untilMs: until_ms, title, text: [text, host, ...tags].filter(Boolean).join(' · '), kind, source }));
}

/** Deploys are events of the metric `deploy`; of one bucket the middle is shown. */
async function deploys(range: Range): Promise<Mark[]> {
  const stepS = stepSeconds(range, 800, 5);
  const startS = Math.floor(range.fromMs / 1000 / stepS) * stepS, endS = Math.ceil(range.toMs / 1000 / stepS) * stepS;
  const query = new URLSearchParams({ query: `histogram_count(sum by (version) (increase(deploy[${stepS}s])))`, start: String(startS), end: String(endS), step: String(stepS) });
  const { data } = await api<Matrix>(`/api/v1/query_range?${query}`);
  return data.result.flatMap(({ metric, values = [] }) => values.filter(([, value]) => Number(value) > 0).map(([at]): Mark => {
    const atMs = Math.min(range.toMs, (at - stepS / 2) * 1000), version = metric['version'] ?? '';
    return { id: `deploy-${version}-${at}`, atMs, untilMs: null, title: version ? `Deploy ${version}` : 'Deploy', text: '', kind: 'deploy', source: 'deploy' };
  }));
}

/** What happened in any range, the earliest first. */
export const marksIn = async (range: Range): Promise<Mark[]> =>
  (await Promise.all([annotations(range), deploys(range)])).flat().sort((a, b) => a.atMs - b.atMs);

let users = 0, timer = 0, serial = 0;
let ending = (): void => undefined;

export async function loadMarks(): Promise<void> {
  const range = rangeNow(), mine = ++serial;
  try {
    const all = await marksIn(range);
    if (mine !== serial) return;
    marksError.value = null;
    if (JSON.stringify(all) !== JSON.stringify(found.peek())) found.value = all;
  } catch (error) {
    if (mine === serial) marksError.value = explain(error);
  }
}

/** One timer and one pair of requests for the page, however many charts show them. */
function watch(): () => void {
  users++;
  if (users === 1) {
    let seen = '';
    const stop = [rangeKey, freshness].map((each) => each.subscribe(() => {
      const now = `${rangeKey.peek()} ${freshness.peek()}`;
      if (now !== seen) { seen = now; void loadMarks(); }
    }));
    timer = window.setInterval(() => { if (!document.hidden && liveState.value !== 'paused') void loadMarks(); }, everyMs);
    ending = () => { stop.forEach((each) => each()); window.clearInterval(timer); serial++; };
  }
  return () => { if (--users === 0) ending(); };
}

/** The marks of the page's range, kept up to date while somebody shows them. */
export function useMarks(): Mark[] {
  useEffect(watch, []);
  return marks.value;
}

/** Those that stand at a place of a grid. */
export const marksAt = (all: Mark[], atMs: number, stepS: number): Mark[] =>
  all.filter((mark) => mark.atMs > atMs - stepS * 500 && mark.atMs <= atMs + stepS * 500);

export async function addMark(title: string, atMs: number, text = ''): Promise<void> {
  await api('/api/app/annotations', { method: 'POST', body: { title, text, at_ms: Math.round(atMs) } });
  await loadMarks();
}

/** Deploys are samples and stay; what somebody wrote can go. */
export const canDelete = ({ kind }: Mark): boolean => kind !== 'deploy';

export const deleteMark = (mark: Mark): void =>
  leave(mark.id, mark.title, async () => { await api(`/api/app/annotations/${encodeURIComponent(mark.id)}`, { method: 'DELETE' }); await loadMarks(); });

/** Where the crosshair stands; null without one. */
export const crosshairMs = signal<number | null>(null);
let left = { ms: 0, atMs: 0 };
crosshairMs.subscribe((ms) => { if (ms !== null) left = { ms, atMs: Date.now() }; });
const lateMs = 10_000;

/** The moment that somebody means who was on a chart just now, else this one. */
export function lastCrosshairMs(): number {
  const now = Date.now();
  if (crosshairMs.peek() !== null) return crosshairMs.peek()!;
  return now - left.atMs < lateMs ? left.ms : Math.floor(now / 1000) * 1000;
}

/** The moment that is being marked, while its form is open. */
export const marking = signal<number | null>(null);
/** True while the list of marks is open. */
export const marksOpen = signal(false);
