import { api } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import { selector } from '../../lib/promql';
import { rangeNow } from '../../lib/range';

export type LabelValues = Map<string, string[]>;

async function load(metric: string): Promise<LabelValues> {
  const { fromMs, toMs } = rangeNow();
  const query = new URLSearchParams({ 'match[]': selector(metric, []), start: String(fromMs / 1000), end: String(toMs / 1000) });
  const { data } = await api<{ data: Record<string, string>[] }>(`/api/v1/series?${query}`);
  const values = new Map<string, Set<string>>();
  for (const labels of data)
    for (const [label, value] of Object.entries(labels)) {
      if (label === '__name__') continue;
      if (!values.has(label)) values.set(label, new Set());
      values.get(label)!.add(value);
    }
  return new Map([...values].sort().map(([label, found]) => [label, [...found].sort()]));
}

/** The labels of a metric with their values, as its series have them in the range. */
export function useLabels(metric: string): LabelValues {
  return useLoad(() => load(metric), 30_000, metric).data ?? new Map<string, string[]>();
}
