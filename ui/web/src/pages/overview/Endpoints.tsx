import { Spark } from '../../chart/Spark';
import { api } from '../../lib/api';
import { lineFor } from '../../lib/alarms';
import { format } from '../../lib/format';
import { instant, useFrames } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import { rangeKey, rangeNow } from '../../lib/range';
import { hrefOf } from '../endpoints/address';
import { Trouble } from '../../parts/Sentence';

interface Endpoint { method: string; route: string; count: number; rate: number; errors: number; error_rate: number; p50: number | null; p95: number | null }

const metric = 'http_request_duration_seconds';
const key = (method = '', route = ''): string => `${method} ${route}`;

async function load(): Promise<{ endpoints: Endpoint[]; shares: Map<string, number> }> {
  const { fromMs, toMs } = rangeNow();
  const seconds = Math.round((toMs - fromMs) / 1000);
  const [list, spent] = await Promise.all([
    api<{ endpoints: Endpoint[] }>(`/metrics/endpoints?from=${Math.round(fromMs)}&to=${Math.round(toMs)}`),
    instant(`histogram_sum(sum by (method, route) (increase(${metric}[${seconds}s])))`),
  ]);
  const total = spent.reduce((sum, { value }) => sum + (Number.isFinite(value) ? value : 0), 0);
  return { endpoints: list.endpoints, shares: new Map(spent.map(({ labels, value }) => [key(labels['method'], labels['route']), total > 0 ? value / total : 0])) };
}

/** Two decimals are enough to tell neighbours apart, and keep a column even. */
const even = (value: number): string => (value > 0 && value < 0.005 ? '<0.01' : value.toFixed(value < 10 ? 2 : 1));
const short = (share: number): string => (share > 0 && share < 0.01 ? '<1' : String(Math.round(share * 100)));

/** Where the time goes: the seven busiest routes. */
export function Endpoints() {
  const loaded = useLoad(load, 60_000, rangeKey.value);
  const asked = useFrames([{ id: 'routes', expr: (window) => `histogram_count(sum by (method, route) (rate(${metric}[${window}])))` }], { widthPx: 74 }).value;
  const { endpoints, shares } = loaded.data ?? { endpoints: [], shares: new Map<string, number>() };
  const traces = new Map(asked.frames['routes']?.series.map(({ labels, values }) => [key(labels['method'], labels['route']), values]));
  const line = lineFor(`histogram_quantile(0.95, sum(rate(${metric}[5m])))`);
  const busiest = [...endpoints].sort((a, b) => (shares.get(key(b.method, b.route)) ?? 0) - (shares.get(key(a.method, a.route)) ?? 0) || b.count - a.count).slice(0, 7);
  return (
    <div class="card wide">
      <header><h2>Busiest endpoints</h2><span class="grow" /><a class="more num" href="/endpoints">{endpoints.length > busiest.length ? `All ${endpoints.length}` : 'Endpoints'}</a></header>
      {loaded.error && <Trouble error={loaded.error} retry={loaded.reload} />}
      <table class="table">
        <thead><tr><th scope="col">Route</th><th scope="col" class="right not-narrow">Req/s</th><th scope="col" class="not-phone trace">Trace</th><th scope="col" class="not-phone">Share of time</th><th scope="col" class="right">p95</th><th scope="col" class="right">Errors</th></tr></thead>
        <tbody>{busiest.map((endpoint) => {
          const at = key(endpoint.method, endpoint.route), share = shares.get(at) ?? 0;
          const late = line && endpoint.p95 !== null && endpoint.p95 / 1000 > line.value;
          return (
            <tr key={at}>
              <td class="route"><span class="method">{endpoint.method}</span><a class="row-link mono" href={hrefOf(endpoint)} title={endpoint.route}>{endpoint.route}</a></td>
              <td class="right num not-narrow">{even(endpoint.rate)}</td>
              <td class="not-phone trace"><Spark values={traces.get(at) ?? []} width={74} height={20} /></td>
              <td class="not-phone"><span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, share * 100)}%` }} /></span><span class="num mut share">{short(share)} %</span></td>
              <td class={`right num${late ? ' bad-text' : ''}`}>{format(endpoint.p95, { kind: 'milliseconds' })}</td>
              <td class={`right num${endpoint.errors ? '' : ' mut'}`}>{endpoint.errors ? `${even(endpoint.error_rate * 100)} %` : '0'}</td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
