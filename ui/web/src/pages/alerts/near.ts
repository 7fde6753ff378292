import { api, type Page } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import type { Episode } from '../../lib/types';

export interface Near { id: string; atMs: number; title: string; deploy: boolean }
export interface Note { id: string; text: string; atMs: number; source: string }

interface Annotation { id: string; at_ms: number; title: string; text: string; tags: string[]; source: string; created_by?: string }
interface Matrix { data: { result: { metric: Record<string, string>; values?: [number, string][] }[] } }

const hourMs = 36e5, stepS = 60;
export const tagOf = ({ id }: Pick<Episode, 'id'>): string => `episode:${id}`;

/** Those of the minute that is still filling count too: the last place of the grid lies behind the end. */
async function deploys(fromMs: number, toMs: number): Promise<Near[]> {
  const query = new URLSearchParams({ query: `histogram_count(sum by (version) (increase(deploy[${stepS}s])))`, start: String(Math.floor(fromMs / 1000)), end: String(Math.ceil(toMs / 1000) + stepS), step: String(stepS) });
  const { data } = await api<Matrix>(`/api/v1/query_range?${query}`);
  return data.result.flatMap(({ metric, values = [] }) => values.filter(([, value]) => Number(value) > 0)
    .map(([at]): Near => ({ id: `${metric['version']}-${at}`, atMs: Math.min(toMs, (at - stepS / 2) * 1000), title: `Deploy ${metric['version'] ?? ''}`.trim(), deploy: true })));
}

async function load(episode: Episode): Promise<{ near: Near[]; notes: Note[] }> {
  const fromMs = episode.started_ms - hourMs, toMs = Math.min(Date.now(), (episode.ended_ms ?? Date.now()) + hourMs / 2);
  const query = new URLSearchParams({ from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs) + 1), limit: '500' });
  const [marks, shipped] = await Promise.all([api<Page<Annotation>>(`/api/app/annotations?${query}`), deploys(fromMs, toMs).catch(() => [])]);
  const own = tagOf(episode);
  return {
    near: [...shipped, ...marks.items.filter(({ tags }) => !tags.includes(own)).map(({ id, at_ms: atMs, title }) => ({ id, atMs, title, deploy: false }))].sort((a, b) => a.atMs - b.atMs),
    notes: marks.items.filter(({ tags }) => tags.includes(own)).map(({ id, title, text, at_ms: atMs, source }) => ({ id, text: text || title, atMs, source })).reverse(),
  };
}

/** What happened around an episode, and what people wrote about it: marks that carry its id. */
export const useNear = (episode: Episode) => useLoad(() => load(episode), 30_000, episode.id);
