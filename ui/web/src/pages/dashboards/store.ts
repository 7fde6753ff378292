import { signal } from '@preact/signals';
import { api, ApiError, take, takeNow, type Page } from '../../lib/api';
import { recall, remember } from '../../lib/prefs';
import { loadPinned } from '../../lib/pinned';
import { draftOf, type Dashboard, type Draft, type Listed } from './model';

const root = '/api/app/dashboards';
const at = (id: string): string => `${root}/${encodeURIComponent(id)}`;

export async function loadList(): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page<Listed> = await api<Page<Listed>>(`${root}?limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
}

export const load = (id: string): Promise<Dashboard> => take<Dashboard>(at(id));

/** A dashboard that was asked for while this page came. */
export const loaded = (id: string): Dashboard | null => takeNow<Dashboard>(at(id)) ?? null;

/** Saves a draft: as a new dashboard, or over the version that it was made from. */
export const save = (draft: Draft, from: Pick<Dashboard, 'id' | 'version' | 'pinned'> | null): Promise<Dashboard> =>
  (from ? api<Dashboard>(at(from.id), { method: 'PUT', body: { ...draft, pinned: from.pinned, version: from.version } }) : api<Dashboard>(root, { method: 'POST', body: draft }));

export async function pin(id: string, pinned: boolean): Promise<void> {
  await api(at(id), { method: 'PATCH', body: { pinned } });
  void loadPinned();
}

export async function remove(id: string): Promise<void> {
  await api(at(id), { method: 'DELETE' });
  void loadPinned();
}

export const exported = (id: string): Promise<Record<string, unknown>> => api<Record<string, unknown>>(`${at(id)}/export`);

export interface Report {
  source: 'plimsoll' | 'grafana';
  panels: { title: string; kind: string | null; from?: string; result: 'whole' | 'partly' | 'left_out'; notes: string[] }[];
  variables: { name: string; result: 'whole' | 'partly' | 'left_out'; notes: string[] }[];
  notes: string[];
}

export interface Imported { id: string | null; dashboard: Dashboard; report: Report }

export const importing = (body: unknown, dryRun: boolean): Promise<Imported> => api<Imported>(`${root}/import${dryRun ? '?dry_run=true' : ''}`, { method: 'POST', body });

/** Puts a panel onto a dashboard that is there. */
export async function addPanel(id: string, how: (draft: Draft) => Draft): Promise<Dashboard> {
  const now = await load(id);
  return save(how(draftOf(now)), now);
}

/** Somebody else saved in the meantime: in words, with the version that is there. */
export const conflictIn = (error: unknown): string | null => (error instanceof ApiError && error.status === 409 ? error.message : null);

const looked = signal<Record<string, number>>(JSON.parse(recall('looked') ?? '{}') as Record<string, number>);

/** When this browser last showed a dashboard. */
export const lastLooked = (id: string): number | null => looked.value[id] ?? null;

export function look(id: string): void {
  const recent = Object.entries({ ...looked.value, [id]: Date.now() }).sort((a, b) => b[1] - a[1]).slice(0, 100);
  looked.value = Object.fromEntries(recent);
  remember('looked', JSON.stringify(looked.value));
}
