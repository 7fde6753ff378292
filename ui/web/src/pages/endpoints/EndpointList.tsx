import { useMemo } from 'preact/hooks';
import { lineFor } from '../../lib/alarms';
import { format } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import { selector } from '../../lib/promql';
import { rangeKey } from '../../lib/range';
import { search, setSearch } from '../../lib/router';
import { Spark } from '../../chart/Spark';
import { Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { Table, type Column } from '../../parts/Table';
import { hrefOf } from './address';
import { Filters, narrowing } from './Filters';
import { NoRequests } from './NoRequests';
import { concrete, keyOf, loadEndpoints, metric, narrowed, ofClass, quantileOf, routeFilters, type Endpoint, type Narrowing } from './model';

const tooMany = 1000, mostTraces = 400, traceWidth = 74;
const count = { kind: 'count' } as const, ms = { kind: 'milliseconds' } as const, ratio = { kind: 'ratio' } as const;

const isLate = (endpoint: Endpoint): boolean => {
  const line = lineFor(quantileOf('0.95', routeFilters(endpoint))('5m')) ?? lineFor(quantileOf('0.95', routeFilters(endpoint).slice(1))('5m'));
  return line !== null && endpoint.p95 !== null && endpoint.p95 / 1000 > line.value;
};

const shareText = (share: number): string => (share > 0 && share < 0.01 ? '<1' : String(Math.round(share * 100)));
const nought = (value: number, text: string) => (value ? text : <span class="mut">0</span>);

function columnsOf(traces: Map<string, (number | null)[]> | null): Column<Endpoint>[] {
  const trace: Column<Endpoint>[] = traces ? [{ id: 'trace', name: 'Trace', unsorted: true, class: 'not-narrow', value: () => null, cell: (row) => <Spark values={traces.get(keyOf(row)) ?? []} width={traceWidth} height={20} /> }] : [];
  return [
    { id: 'route', name: 'Route', up: true, class: 'route', value: keyOf, cell: ({ method, route }) => <><span class="method">{method}</span><span class="mono">{route || '–'}</span></> },
    { id: 'rate', name: 'Req/s', right: true, value: ({ rate }) => rate, cell: ({ rate }) => format(rate, count) },
    ...trace,
    { id: 'share', name: 'Share of time', class: 'share-cell', value: ({ time_share }) => time_share,
      cell: ({ time_share }) => <><span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, time_share * 100)}%` }} /></span><span class="num mut share">{shareText(time_share)} %</span></> },
    { id: 'p50', name: 'p50', right: true, class: 'mid', value: ({ p50 }) => p50, cell: ({ p50 }) => format(p50, ms) },
    { id: 'p95', name: 'p95', right: true, value: ({ p95 }) => p95, cell: (row) => <span class={isLate(row) ? 'bad-text' : ''}>{format(row.p95, ms)}</span> },
    { id: 'p99', name: 'p99', right: true, class: 'mid', value: ({ p99 }) => p99, cell: ({ p99 }) => format(p99, ms) },
    { id: 'errors', name: 'Errors', right: true, title: 'Answered with 5xx', value: ({ error_rate }) => error_rate, cell: ({ errors, error_rate }) => nought(errors, format(error_rate, ratio)) },
    { id: 'c4', name: '4xx', right: true, class: 'mid', value: (row) => ofClass(row, '4'), cell: (row) => nought(ofClass(row, '4'), format(ofClass(row, '4'), count)) },
    { id: 'c5', name: '5xx', right: true, class: 'mid', value: (row) => ofClass(row, '5'), cell: (row) => nought(ofClass(row, '5'), format(ofClass(row, '5'), count)) },
  ];
}

function Card(row: Endpoint) {
  return (
    <a class="endpoint-card" href={hrefOf(row)}>
      <b class="mono">{row.method} {row.route || '–'}</b>
      <span class="num"><small>p95</small> <span class={isLate(row) ? 'bad-text' : ''}>{format(row.p95, ms)}</span></span>
      <span class="num"><small>errors</small> {nought(row.errors, format(row.error_rate, ratio))}</span>
      <span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, row.time_share * 100)}%` }} /></span>
    </a>
  );
}

function counted({ status, label, value }: Narrowing): string {
  const parts = [...(status ? [`answered with ${status}`] : []), ...(label && value ? [`with ${label} = ${value}`] : [])];
  return parts.length ? `Only requests ${parts.join(' and ')} are counted.` : '';
}

const clear = { q: null, method: null, status: null, label: null };

/** All routes, those first where most time goes. */
export function EndpointList() {
  const now = narrowing(), filters = narrowed(now), asked = JSON.stringify(filters);
  const loaded = useLoad(() => loadEndpoints(filters), 30_000, `${rangeKey.value} ${asked}`);
  const all = loaded.data ?? [], text = (search.value.get('q') ?? '').toLowerCase(), method = search.value.get('method');
  const rows = useMemo(() => all.filter((row) => keyOf(row).toLowerCase().includes(text) && (method === null || row.method === method)), [loaded.data, text, method]);
  const traced = all.length > 0 && all.length <= mostTraces;
  const frames = useFrames(traced ? [{ id: asked, expr: (window) => `histogram_count(sum by (method, route) (rate(${selector(metric, filters)}[${window}])))` }] : [], { widthPx: traceWidth, everyMs: 60_000 }).value;
  const traces = useMemo(() => (traced ? new Map(frames.frames[asked]?.series.map(({ labels, values }) => [keyOf({ method: labels['method'], route: labels['route'] }), values])) : null), [traced, frames]);
  const columns = useMemo(() => columnsOf(traces), [traces]);
  const isFiltered = filters.length > 0 || text !== '' || method !== null;
  return (
    <Shell title="Endpoints" ranged>
      {loaded.error && <Trouble error={loaded.error} retry={loaded.reload} />}
      {loaded.data && all.length === 0 && !isFiltered ? <NoRequests /> : (
        <>
          <Filters methods={all.map((row) => row.method)} />
          {all.length > tooMany && <p class="hint warn-text" role="status">{concrete(all.map(({ route }) => route)) ?? '/users/42'}-like paths are piling up: {all.length.toLocaleString('en-US')} routes. Send the route template.</p>}
          <div class={`card endpoints-card${loaded.data || loaded.error ? '' : ' loading'}`}>
            {loaded.data && rows.length === 0 ? <p class="empty">No route fits. <button type="button" class="link" onClick={() => setSearch(clear)}>Show all</button></p>
              : <Table name="Endpoints" columns={columns} rows={loaded.data && rows} rowKey={keyOf} href={hrefOf} usual={{ by: 'share', up: false }} card={Card} keys note={counted(now)} />}
          </div>
        </>
      )}
    </Shell>
  );
}
