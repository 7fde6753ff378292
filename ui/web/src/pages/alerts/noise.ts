import { api, type Page } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import type { Episode } from '../../lib/types';

export interface Noise { lastMs: number; weekly: number }

const weeks = 4, weekMs = 6048e5, most = 500;

async function load(): Promise<Map<string, Noise>> {
  const { items } = await api<Page<Episode>>(`/api/app/episodes?limit=${most}`);
  const since = Date.now() - weeks * weekMs, oldest = items.length === most ? Math.max(since, items[items.length - 1]!.started_ms) : since;
  const spanWeeks = Math.max(1 / 7, (Date.now() - oldest) / weekMs), found = new Map<string, Noise>();
  for (const { rule_id: id, started_ms: at } of items) {
    if (!id) continue;
    const known = found.get(id) ?? { lastMs: at, weekly: 0 };
    found.set(id, { lastMs: Math.max(known.lastMs, at), weekly: known.weekly + (at >= oldest ? 1 / spanWeeks : 0) });
  }
  return found;
}

/** When each alarm fired last, and how often it does in a week, from the last four weeks. */
export const useNoise = (): Map<string, Noise> => useLoad(load, 60_000).data ?? new Map<string, Noise>();
