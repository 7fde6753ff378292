import { computed, signal } from '@preact/signals';
import { recall, remember } from './prefs';
import { search, setSearch } from './router';
import { readWhen } from './when';
import { zone } from './zone';

export const presets = ['1h', '6h', '24h', '7d', '30d'] as const;
export type Preset = (typeof presets)[number];
const lengths: Record<Preset, number> = { '1h': 36e5, '6h': 216e5, '24h': 864e5, '7d': 6048e5, '30d': 2592e6 };

/** Ranges of the calendar, as their two ends are written. */
export const calendar: { name: string; from: string; to: string }[] = [
  { name: 'Today', from: 'today', to: 'now' }, { name: 'Yesterday', from: 'yesterday', to: 'yesterday' },
  { name: 'This week', from: 'this week', to: 'now' }, { name: 'This month', from: 'this month', to: 'now' },
  { name: 'Last month', from: 'last month', to: 'last month' },
];

/** Bounds in ms. A sliding range ends now; a fixed one was zoomed to or linked. */
export interface Range {
  fromMs: number;
  toMs: number;
  sliding: boolean;
}

/** What the page opens with where nobody has chosen yet; an appliance that is young has no use for a day. */
export const firstPreset = signal<Preset>('24h');

const isPreset = (text: string | null): text is Preset => presets.includes(text as Preset);

/** The two ends of the address, as they are written; null where a preset holds. An open end is now. */
export const ends = computed<{ from: string; to: string } | null>(() => {
  const from = search.value.get('from'), to = search.value.get('to') ?? 'now';
  return from && readRange(from, to).range ? { from, to } : null;
});

export const preset = computed<Preset | null>(() => {
  if (ends.value) return null;
  const asked = search.value.get('range');
  if (isPreset(asked)) return asked;
  const kept = recall('range');
  return isPreset(kept) ? kept : firstPreset.value;
});

export const rangeKey = computed(() => preset.value ?? `${ends.value?.from}/${ends.value?.to}/${zone.value}`);

const leastMs = 5000, mostMs = 20 * 365 * 864e5;

/** Reads two ends as somebody typed them; what is wrong stands at the end that is wrong. */
export function readRange(from: string, to: string, nowMs = Date.now()): { range: Range | null; wrong: { from?: string; to?: string } } {
  const begin = readWhen(from, nowMs), end = readWhen(to || 'now', nowMs, true);
  const unread = (text: string): string => (text.trim() ? `“${text.trim().slice(0, 40)}” is no time. Try now-3h, 14:00 or 2026-11-20 14:00.` : 'Write when it begins: now-3h, 14:00 or 2026-11-20 14:00.');
  if (!begin || !end) return { range: null, wrong: { ...(begin ? {} : { from: unread(from) }), ...(end ? {} : { to: unread(to) }) } };
  if (begin.ms >= nowMs) return { range: null, wrong: { from: 'That is not here yet.' } };
  const toMs = end.ms > nowMs && end.moving ? nowMs : end.ms;
  if (toMs <= begin.ms) return { range: null, wrong: { to: 'The end is before the beginning.' } };
  if (toMs - begin.ms < leastMs) return { range: null, wrong: { to: 'A range has at least 5 s.' } };
  if (toMs - begin.ms > mostMs) return { range: null, wrong: { from: 'A range has at most 20 years.' } };
  return { range: { fromMs: begin.ms, toMs, sliding: end.moving && toMs === nowMs }, wrong: {} };
}

export function rangeNow(): Range {
  const nowMs = Date.now();
  const written = ends.value && readRange(ends.value.from, ends.value.to, nowMs).range;
  return written ?? { fromMs: nowMs - lengths[preset.value ?? '24h'], toMs: nowMs, sliding: true };
}

export function choosePreset(name: Preset): void {
  remember('range', name);
  zooms.length = 0;
  setSearch({ range: name, from: null, to: null });
}

/** Keeps words that move with time as they are, and writes times as numbers, which mean the same in every zone. */
function written(text: string, isEnd: boolean): string {
  const when = readWhen(text || 'now', Date.now(), isEnd);
  return !when || when.moving ? text.trim().toLowerCase() || 'now' : String(Math.round(when.ms));
}

export function chooseRange(from: string, to: string): void {
  zooms.length = 0;
  setSearch({ range: null, from: written(from, false), to: written(to, true) });
}

const zooms: { range: string | null; from: string | null; to: string | null }[] = [];

const keepWhere = (): void => { zooms.push({ range: search.value.get('range'), from: search.value.get('from'), to: search.value.get('to') }); };

/** Zooms all panels of the page; Esc goes back step by step. */
export function zoomTo(fromMs: number, toMs: number): void {
  if (toMs - fromMs < leastMs) return;
  keepWhere();
  setSearch({ range: null, from: String(Math.round(fromMs)), to: String(Math.round(toMs)) });
}

export function unzoom(): boolean {
  const before = zooms.pop();
  if (before) setSearch(before);
  else if (!preset.value) setSearch({ from: null, to: null });
  else return false;
  return true;
}

/** Goes back (below 0) or on by so many halves of the range; it slides again where the present is nearer than half a step. */
export function stepRange(halves: number): void {
  const { fromMs, toMs, sliding } = rangeNow();
  const length = toMs - fromMs, by = (length / 2) * halves;
  if (halves > 0 && sliding) return;
  if (preset.value || sliding) keepWhere();
  if (toMs + Math.max(by, by * 1.5) < Date.now()) return setSearch({ range: null, from: String(Math.round(fromMs + by)), to: String(Math.round(toMs + by)) });
  const whole = presets.find((name) => Math.abs(lengths[name] - length) < 1000);
  setSearch(whole ? { range: whole, from: null, to: null } : { range: null, from: `now-${Math.round(length / 1000)}s`, to: 'now' });
}

const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** The seconds between points so that there is about one for each pixel. */
export function stepSeconds(range: Range, widthPx: number, leastS = 1): number {
  const wanted = Math.max(leastS, (range.toMs - range.fromMs) / 1000 / Math.max(60, widthPx));
  return niceSteps.find((step) => step >= wanted) ?? 86_400;
}
