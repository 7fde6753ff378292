import { api } from '../../lib/api';
import { useLoad, type Loaded } from '../../lib/hooks';
import { zoneName } from '../../lib/zone';
import type { Month } from './calendar';
import { splitDays, useOf, type BucketAnswer, type CostAnswer, type Split, type Use } from './figures';
import { hourMs, type Hours } from './forecast';

export interface UnpricedModel { provider: string; model: string; calls: number; first_ms: number; last_ms: number; price_id: string | null; price_from_ms: number | null }

const encoded = encodeURIComponent;
const isNow = (month: Month): boolean => Date.now() < month.toMs;
/** Without an end the appliance takes its own present, which may be a little ahead of ours. */
const bounds = (month: Month): string => `from=${month.fromMs}${isNow(month) ? '' : `&to=${month.toMs}`}`;

/** What was loaded, and what for: it stays while the next is on its way. */
export interface Report { month: Month; feature: string; uses: Use[] }
export interface Days { month: Month; label: string; splits: Split[] }

async function loadReport(month: Month, feature: string): Promise<Report> {
  const { by } = await api<CostAnswer>(`/metrics/costs?${bounds(month)}&group_by=provider,model,${encoded(feature)}`);
  return { month, feature, uses: by.map((row) => useOf(row, feature)) };
}

export const useReport = (month: Month, feature: string): Loaded<Report> =>
  useLoad(() => loadReport(month, feature), isNow(month) ? 15_000 : 0, `${month.key} ${feature}`);

/** Buckets of a metric by day and label. */
export const daysOf = (month: Month, metric: string, label: string): Promise<BucketAnswer> =>
  api<BucketAnswer>(`/metrics/query?metric=${encoded(metric)}&${bounds(month)}&group_by=day,${encoded(label)}&tz=${encoded(zoneName())}`);

export const useDays = (month: Month, label: string): Loaded<Days> =>
  useLoad(async () => ({ month, label, splits: splitDays(await daysOf(month, 'llm_cost_usd_total', label), label, month.days.slice(0, -1)) }), isNow(month) ? 15_000 : 0, `${month.key} ${label}`);

interface Matrix { data: { result: { values: [number, string][] }[] } }

/** What each hour of the last four weeks cost, with the one before them that the first may need. */
export async function loadHours(): Promise<Hours> {
  const end = Math.ceil(Date.now() / hourMs) * 3600, start = end - 29 * 86_400;
  const { data } = await api<Matrix>(`/api/v1/query_range?query=${encoded('sum(increase(llm_cost_usd_total[1h]))')}&start=${start}&end=${end}&step=3600`);
  return new Map((data.result[0]?.values ?? []).map(([at, cost]) => [at * 1000 - hourMs, Number(cost)]));
}

export const useHours = (): Loaded<Hours> => useLoad(loadHours, 300_000);

export const useUnpriced = (month: Month): Loaded<UnpricedModel[]> => {
  const fromMs = Math.min(month.fromMs, Date.now() - 30 * 86_400_000);
  return useLoad(async () => (await api<{ items: UnpricedModel[] }>(`/api/app/prices/unpriced?from=${Math.round(fromMs)}`)).items, 30_000, month.key);
};

/** The names of the labels that a metric has had of late. */
export const labelsOf = async (metric: string, fromMs: number): Promise<string[]> =>
  (await api<{ data: string[] }>(`/api/v1/labels?match[]=${encoded(`{__name__="${metric.replace(/(["\\])/g, '\\$1')}"}`)}&start=${Math.floor(fromMs / 1000)}`)).data.filter((name) => name !== '__name__');
