import { api, type Page } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import { metricsIn } from '../../lib/promql';

interface Listed { id: string }
interface Dashboard { panels: { queries?: { expr: string }[] }[] }

const most = 12;

async function load(): Promise<ReadonlySet<string>> {
  const { items } = await api<Page<Listed>>(`/api/app/dashboards?limit=${most}`);
  const boards = await Promise.all(items.slice(0, most).map(({ id }) => api<Dashboard>(`/api/app/dashboards/${encodeURIComponent(id)}`)));
  return new Set(boards.flatMap(({ panels }) => panels.flatMap(({ queries = [] }) => queries.flatMap(({ expr }) => metricsIn(expr)))));
}

const none: ReadonlySet<string> = new Set();

/** The metrics that dashboards draw. */
export const useUsed = (): ReadonlySet<string> => useLoad(load, 120_000).data ?? none;

/** The label values of each metric as one text, to be searched; asked for once somebody searches. */
export function useLabelTexts(searching: boolean): ReadonlyMap<string, string> {
  return useLoad(async () => {
    const texts = new Map<string, string>();
    if (!searching) return texts;
    const nowS = Date.now() / 1000, query = new URLSearchParams({ 'match[]': '{__name__!=""}', start: String(nowS - 3600), end: String(nowS), limit: '3000' });
    const { data } = await api<{ data: Record<string, string>[] }>(`/api/v1/series?${query}`);
    for (const { __name__: name = '', ...labels } of data) texts.set(name, `${texts.get(name) ?? ''} ${Object.values(labels).join(' ')}`.slice(0, 2000));
    return texts;
  }, 0, String(searching)).data ?? new Map<string, string>();
}
