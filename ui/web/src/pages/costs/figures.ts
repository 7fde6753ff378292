import { nanoOf, sumOf, type Nano } from './money';

export interface CostRow {
  provider?: string;
  model?: string;
  endpoint?: string;
  labels?: Record<string, string>;
  calls: number;
  unpriced_calls: number;
  tokens: Record<string, number>;
  cost: number | null;
}

export interface CostAnswer { total: number; unpriced_calls: number; by: CostRow[]; infos?: string[] }

/** One line of the table: a model used for something. */
export interface Use {
  provider: string;
  model: string;
  feature: string;
  calls: number;
  unpriced: number;
  input: number;
  output: number;
  cached: number;
  cost: Nano;
  priced: boolean;
}

/** The value of a label in an answer, which has provider, model and endpoint at the top. */
export const labelIn = (row: CostRow, label: string): string =>
  (label === 'provider' || label === 'model' || label === 'endpoint' ? row[label] : row.labels?.[label]) ?? '';

export const useOf = (row: CostRow, feature: string): Use => ({
  provider: row.provider ?? '', model: row.model ?? '', feature: labelIn(row, feature), calls: row.calls, unpriced: Math.round(row.unpriced_calls),
  input: row.tokens['input'] ?? 0, output: row.tokens['output'] ?? 0, cached: (row.tokens['cache_read'] ?? 0) + (row.tokens['cache_write'] ?? 0),
  cost: nanoOf(row.cost), priced: row.cost !== null,
});

export const spent = (rows: readonly CostRow[]): Nano => sumOf(rows.map(({ cost }) => nanoOf(cost)));

/** What a call with a cost came to, in 10^-9 dollars; null where none has one. */
export const eachCall = ({ cost, calls, unpriced }: Use): number | null => (calls > unpriced ? Number(cost) / (calls - unpriced) : null);

/** The order of those that are equal in what they are sorted by. */
export const byName = (uses: readonly Use[]): Use[] => [...uses].sort((a, b) => a.model.localeCompare(b.model) || a.feature.localeCompare(b.feature));

/** One line with the sums of all. */
export const total = (uses: readonly Use[]): Use => uses.reduce<Use>((sum, use) => ({
  ...sum, calls: sum.calls + use.calls, unpriced: sum.unpriced + use.unpriced, input: sum.input + use.input, output: sum.output + use.output,
  cached: sum.cached + use.cached, cost: sum.cost + use.cost, priced: sum.priced || use.priced,
}), { provider: '', model: '', feature: '', calls: 0, unpriced: 0, input: 0, output: 0, cached: 0, cost: 0n, priced: false });

export interface Split { name: string; days: Nano[]; sum: Nano }

export interface BucketAnswer { series: { labels: Record<string, string>; buckets: { t: number; sum: number | null }[] }[] }

/** Days by a label, the dearest first; beyond seven the rest is one. `starts` are the first moments of the days. */
export function splitDays(answer: BucketAnswer, label: string, starts: readonly number[]): Split[] {
  const all = answer.series.map(({ labels, buckets }) => {
    const days = starts.map(() => 0n);
    for (const { t, sum } of buckets) {
      let day = 0;
      while (day + 1 < starts.length && starts[day + 1]! <= t) day++;
      if (t >= starts[0]!) days[day]! += nanoOf(sum);
    }
    return { name: labels[label] || 'none', days, sum: sumOf(days) };
  }).filter(({ sum }) => sum !== 0n).sort((a, b) => (a.sum < b.sum ? 1 : a.sum > b.sum ? -1 : a.name.localeCompare(b.name)));
  if (all.length <= 8) return all;
  const rest = all.slice(7);
  return [...all.slice(0, 7), { name: `${rest.length} others`, days: starts.map((_, i) => sumOf(rest.map(({ days }) => days[i]!))), sum: sumOf(rest.map(({ sum }) => sum)) }];
}

export interface MarginRow { name: string; revenue: Nano; cost: Nano; margin: Nano }

/** Revenue minus cost by the value of a label; who loses most comes first. */
export function margins(revenue: BucketAnswer, costs: readonly CostRow[], label: string): MarginRow[] {
  const rows = new Map<string, { revenue: Nano; cost: Nano }>();
  const at = (name: string) => { let row = rows.get(name); if (!row) rows.set(name, row = { revenue: 0n, cost: 0n }); return row; };
  for (const { labels, buckets } of revenue.series) for (const { sum } of buckets) at(labels[label] ?? '').revenue += nanoOf(sum);
  for (const row of costs) at(labelIn(row, label)).cost += nanoOf(row.cost);
  return [...rows].map(([name, { revenue: came, cost }]) => ({ name, revenue: came, cost, margin: came - cost }))
    .sort((a, b) => (a.margin < b.margin ? -1 : a.margin > b.margin ? 1 : a.name.localeCompare(b.name)));
}
