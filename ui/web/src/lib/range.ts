import { computed, signal } from '@preact/signals';
import { recall, remember } from './prefs';
import { search, setSearch } from './router';

export const presets = ['1h', '6h', '24h', '7d', '30d'] as const;
export type Preset = (typeof presets)[number];
const lengths: Record<Preset, number> = { '1h': 36e5, '6h': 216e5, '24h': 864e5, '7d': 6048e5, '30d': 2592e6 };

/** Bounds in ms. A sliding range ends now; a fixed one was zoomed to or linked. */
export interface Range {
  fromMs: number;
  toMs: number;
  sliding: boolean;
}

/** What the page opens with where nobody has chosen yet; an appliance that is young has no use for a day. */
export const firstPreset = signal<Preset>('24h');

const isPreset = (text: string | null): text is Preset => presets.includes(text as Preset);

export const preset = computed<Preset | null>(() => {
  if (search.value.has('from') && search.value.has('to')) return null;
  const asked = search.value.get('range');
  if (isPreset(asked)) return asked;
  const kept = recall('range');
  return isPreset(kept) ? kept : firstPreset.value;
});

export const rangeKey = computed(() => preset.value ?? `${search.value.get('from')}-${search.value.get('to')}`);

export function rangeNow(): Range {
  const name = preset.value;
  if (name) {
    const toMs = Date.now();
    return { fromMs: toMs - lengths[name], toMs, sliding: true };
  }
  const fromMs = Number(search.value.get('from')), toMs = Number(search.value.get('to'));
  if (!(fromMs > 0) || !(toMs > fromMs)) return { fromMs: Date.now() - 864e5, toMs: Date.now(), sliding: true };
  return { fromMs, toMs, sliding: false };
}

export function choosePreset(name: Preset): void {
  remember('range', name);
  zooms.length = 0;
  setSearch({ range: name, from: null, to: null });
}

const zooms: { range: string | null; from: string | null; to: string | null }[] = [];

/** Zooms all panels of the page; Esc goes back step by step. */
export function zoomTo(fromMs: number, toMs: number): void {
  if (toMs - fromMs < 5000) return;
  zooms.push({ range: search.value.get('range'), from: search.value.get('from'), to: search.value.get('to') });
  setSearch({ range: null, from: String(Math.round(fromMs)), to: String(Math.round(toMs)) });
}

export function unzoom(): boolean {
  const before = zooms.pop();
  if (before) setSearch(before);
  else if (!preset.value) setSearch({ from: null, to: null });
  else return false;
  return true;
}

const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** The seconds between points so that there is about one for each pixel. */
export function stepSeconds(range: Range, widthPx: number, leastS = 1): number {
  const wanted = Math.max(leastS, (range.toMs - range.fromMs) / 1000 / Math.max(60, widthPx));
  return niceSteps.find((step) => step >= wanted) ?? 86_400;
}
