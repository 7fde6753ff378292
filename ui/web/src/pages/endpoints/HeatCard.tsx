import { useMemo, useState } from 'preact/hooks';
import { heatOf } from '../../chart/heat';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { api } from '../../lib/api';
import { dateTime, format, lasting, promDuration } from '../../lib/format';
import type { Matrix } from '../../lib/frames';
import { useLoad, useWidth } from '../../lib/hooks';
import { useMarks } from '../../lib/marks';
import { selector, type Filter } from '../../lib/promql';
import { rangeKey, rangeNow, stepSeconds, type Range } from '../../lib/range';
import { Trouble } from '../../parts/Sentence';
import { metric } from './model';

interface Loaded { range: Range; stepS: number; result: Matrix['data']['result'] }

async function load(filters: Filter[], widthPx: number): Promise<Loaded> {
  const range = rangeNow(), stepS = stepSeconds(range, Math.max(60, widthPx) / 9, 10);
  const query = new URLSearchParams({
    query: `sum(increase(${selector(metric, filters)}[${promDuration(stepS * 1000)}]))`, step: String(stepS),
    start: String(Math.floor(range.fromMs / 1000 / stepS) * stepS), end: String(Math.ceil(range.toMs / 1000 / stepS) * stepS),
  });
  return { range, stepS, result: (await api<Matrix>(`/api/v1/query_range?${query}`)).data.result };
}

function chartOf({ range, stepS, result }: Loaded): Chart {
  const times: number[] = [];
  for (let at = Math.floor(range.fromMs / 1000 / stepS) * stepS; at <= range.toMs / 1000 + stepS; at += stepS) times.push(at);
  const heat = heatOf(result, times);
  return { times, curves: [{ name: 'requests', color: 's1', silent: true, values: times.map(() => null) }], unit: { kind: 'seconds' }, fromMs: range.fromMs, toMs: range.toMs, stepS, shape: 'line', ...(heat ? { heat } : {}) };
}

/** What stands at a time: how many, and between which bounds most of them were. */
function readOut({ heat, times }: Chart, index: number): string {
  const row = heat?.cells[index], at = dateTime((times[index] ?? 0) * 1000);
  if (!row || !heat) return at;
  const total = row.reduce((sum, count) => sum + count, 0), top = row.indexOf(Math.max(...row));
  if (total <= 0) return `${at} · none`;
  const bound = (edge: number): string => format(heat.edges[edge] ?? null, { kind: 'seconds' });
  return `${at} · ${format(Math.round(total), { kind: 'count' })}, most at ${bound(top)} – ${bound(top + 1)}`;
}

/** How the answer times of a route move: the stronger, the more requests fell there. */
export function HeatCard({ filters }: { filters: Filter[] }) {
  const [box, width] = useWidth<HTMLElement>();
  const [index, setIndex] = useState<number | null>(null);
  const marks = useMarks(), columns = Math.round(width / 40);
  const loaded = useLoad(async () => (width > 0 ? load(filters, width - 66) : null), 30_000, `${rangeKey.value} ${columns}`);
  const chart = useMemo(() => (loaded.data ? { ...chartOf(loaded.data), marks } : null), [loaded.data, marks]);
  return (
    <section class="card" ref={box} aria-label="Latency heatmap">
      <header><h2>Where answers fall</h2><p class="num">{chart && (index === null ? `each column ${lasting(chart.stepS * 1000)}` : readOut(chart, index))}</p></header>
      {loaded.error && <Trouble error={loaded.error} retry={loaded.reload} />}
      {chart && !chart.heat && <p class="empty">No requests in this range.</p>}
      {chart?.heat ? <div class="heat-plot"><Plot chart={chart} height={196} title="Where answers fall" zoomable sync="endpoint" faint={loaded.error !== null} onCursor={setIndex} /></div> : <div class="heat-room" />}
    </section>
  );
}
