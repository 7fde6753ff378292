import type { Matrix } from '../lib/frames';
import type { Heat } from './model';

interface Bucket { low: number; high: number; count: number }

const most = 26;

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));

/** Edges at even ratios between the least and the greatest bound; those of few buckets stay as they are. */
function edgesOf(all: Bucket[]): number[] {
  const bounds = [...new Set(all.flatMap(({ low, high }) => [low, high]))].filter(Number.isFinite).sort((a, b) => a - b);
  if (bounds.length <= most + 1) return bounds;
  const least = bounds.find((bound) => bound > 0) ?? 1, greatest = bounds[bounds.length - 1]!;
  const ratio = (greatest / least) ** (1 / (most - 1));
  const edges = Array.from({ length: most }, (_, i) => least * ratio ** i);
  return bounds[0]! < least ? [Math.min(0, bounds[0]!), ...edges] : edges;
}

/** Shares out what a bucket counts to the rows that it reaches into. */
function spread({ low, high, count }: Bucket, edges: number[], row: number[]): void {
  const top = edges[edges.length - 1]!, from = Math.max(low, edges[0]!), to = Number.isFinite(high) ? high : top;
  for (let i = 0; i + 1 < edges.length; i++) {
    const inside = Math.min(to, edges[i + 1]!) - Math.max(from, edges[i]!);
    if (inside > 0) row[i]! += (count * inside) / (to - from || 1);
    else if (from === to && from >= edges[i]! && from <= edges[i + 1]!) { row[i]! += count; return; }
  }
  if (from >= top) row[row.length - 1]! += count;
}

type Series = Matrix['data']['result'];

/** The buckets of distributions, time by time. */
function ofDistributions(result: Series): Map<number, Bucket[]> {
  const found = new Map<number, Bucket[]>();
  for (const { histograms = [] } of result)
    for (const [at, { buckets = [] }] of histograms) {
      const list = found.get(at) ?? [];
      for (const [, low, high, count] of buckets) list.push({ low: numberOf(low), high: numberOf(high), count: numberOf(count) });
      found.set(at, list);
    }
  return found;
}

/** The same of series that count up to a bound `le`: what one has more than the one below it fell between. */
function ofBounds(result: Series): Map<number, Bucket[]> {
  const found = new Map<number, Bucket[]>();
  const byBound = result.filter(({ metric }) => metric['le'] !== undefined).map(({ metric, values = [] }) => ({ bound: numberOf(metric['le']!), values: new Map(values) })).sort((a, b) => a.bound - b.bound);
  for (const at of new Set(byBound.flatMap(({ values }) => [...values.keys()]))) {
    let low = 0, below = 0;
    found.set(at, byBound.flatMap(({ bound, values }) => {
      const upTo = numberOf(values.get(at) ?? String(below)), bucket = { low: Math.min(low, bound), high: bound, count: Math.max(0, upTo - below) };
      low = bound;
      below = Math.max(below, upTo);
      return bucket.count > 0 ? [bucket] : [];
    }));
  }
  return found;
}

/** The heatmap of an answer on a grid of times (s); null where it holds no distribution. */
export function heatOf(result: Series, times: readonly number[]): Heat | null {
  const native = ofDistributions(result), found = native.size ? native : ofBounds(result);
  const edges = edgesOf([...found.values()].flat());
  if (edges.length < 2) return null;
  let strongest = 0;
  const cells = times.map((at) => {
    const buckets = found.get(at);
    if (!buckets?.length) return null;
    const row = new Array<number>(edges.length - 1).fill(0);
    for (const bucket of buckets) spread(bucket, edges, row);
    strongest = Math.max(strongest, ...row);
    return row;
  });
  return { edges, cells, most: strongest || 1 };
}
