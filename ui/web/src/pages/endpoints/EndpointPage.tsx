import { useMemo } from 'preact/hooks';
import type { Chart } from '../../chart/model';
import { lineFor, rules } from '../../lib/alarms';
import { shareOf, single } from '../../lib/blocks';
import { beforeOf, type Before } from '../../lib/compare';
import { useFrames, type Ask, type Asked } from '../../lib/frames';
import { useLoad, useWidth } from '../../lib/hooks';
import type { Filter } from '../../lib/promql';
import { rangeKey } from '../../lib/range';
import { Panel } from '../../parts/Panel';
import { Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { AlarmsOn } from './AlarmsOn';
import { HeatCard } from './HeatCard';
import { NoRequests } from './NoRequests';
import { StatusSplit } from './StatusSplit';
import { TopLabels } from './TopLabels';
import { WeekPanel } from './WeekPanel';
import { countOf, failed, loadEndpoints, quantileOf, routeFilters } from './model';

const grid = (asked: Asked): Pick<Chart, 'times' | 'fromMs' | 'toMs' | 'stepS'> =>
  ({ times: asked.frames['all']?.times ?? [], fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS });

const shareExpr = (filters: Filter[]) => (window: string): string => `${countOf([...filters, failed])(window)} / ${countOf(filters)(window)}`;

function chartsOf(asked: Asked, filters: Filter[]): Record<'rate' | 'errors' | 'latency', Chart> {
  const curve = (name: string): Chart['curves'][number] =>
    ({ name, color: name.replace('p', 'q'), values: single(asked.frames[name]), width: name === 'p95' ? 1.75 : 1.1, main: name === 'p95' });
  return {
    rate: { ...grid(asked), curves: [{ name: 'requests', color: 's1', values: single(asked.frames['all']) }], unit: { kind: 'count', perSecond: true }, shape: 'area', line: lineFor(countOf(filters)('5m')) },
    errors: { ...grid(asked), curves: [{ name: 'errors', color: 's1', values: shareOf(single(asked.frames['errors']), single(asked.frames['all'])) }], unit: { kind: 'ratio' }, shape: 'area', cap: 1, yTicks: 2, line: lineFor(shareExpr(filters)('5m')) },
    latency: { ...grid(asked), curves: [curve('p99'), curve('p50'), curve('p95')], unit: { kind: 'seconds' }, shape: 'line', endLabels: true, line: lineFor(quantileOf('0.95', filters)('5m')) },
  };
}

function errorsBefore(asked: Asked): Before | null {
  const all = beforeOf(asked, 'all');
  return all && { name: all.name, values: shareOf(beforeOf(asked, 'errors')?.values ?? [], all.values) };
}

/** Requests, errors and latency of one route, under one crosshair. */
function Curves({ filters }: { filters: Filter[] }) {
  const [sheet, width] = useWidth<HTMLElement>();
  const asks: Ask[] = useMemo(() => [
    { id: 'all', expr: countOf(filters), compared: true }, { id: 'errors', expr: countOf([...filters, failed]), compared: true },
    { id: 'p50', expr: quantileOf('0.5', filters) }, { id: 'p95', expr: quantileOf('0.95', filters), compared: true }, { id: 'p99', expr: quantileOf('0.99', filters) },
  ], [filters]);
  const frames = useFrames(asks, { widthPx: width > 760 ? width / 3 - 66 : width - 66 }), asked = frames.value;
  const charts = useMemo(() => chartsOf(asked, filters), [asked, filters, rules.value]);
  const shared = { asked, height: 158, sync: 'endpoint', retry: frames.refresh };
  return (
    <section class="sheet three" ref={sheet} aria-label="Requests">
      <Panel {...shared} title="Requests" chart={charts.rate} before={beforeOf(asked, 'all')} expr={countOf(filters)('5m')} />
      <Panel {...shared} title="Errors" chart={charts.errors} before={errorsBefore(asked)} expr={shareExpr(filters)('5m')} />
      <Panel {...shared} title="Latency" chart={charts.latency} before={beforeOf(asked, 'p95')} lead={2} unitWord="p95" expr={quantileOf('0.95', filters)('5m')} />
    </section>
  );
}

/** One route: how often, how well, how fast, and what watches it. */
export function EndpointPage({ method, route }: { method: string; route: string }) {
  const filters = useMemo(() => routeFilters({ method, route }), [method, route]);
  const loaded = useLoad(() => loadEndpoints(filters), 30_000, `${rangeKey.value} ${method} ${route}`);
  const figures = loaded.data?.[0], none = loaded.data?.length === 0;
  const alarm = `/alerts/new?${new URLSearchParams({ expr: quantileOf('0.95', filters)('5m') })}`;
  return (
    <Shell title={`${method} ${route || 'without a route'}`.trim()} parent={{ title: 'Endpoints', href: '/endpoints' }} ranged actions={<a class="btn not-phone" href={alarm}>Set alarm</a>}>
      {loaded.error && <Trouble error={loaded.error} retry={loaded.reload} />}
      <p class="only-phone endpoint-name mono">{method} {route}</p>
      {none ? <NoRequests /> : (
        <>
          <Curves filters={filters} />
          <div class="endpoint-pair">
            <HeatCard filters={filters} />
            <WeekPanel filters={filters} />
          </div>
          <div class="endpoint-pair thirds">
            {figures && <StatusSplit figures={figures} />}
            <AlarmsOn method={method} route={route} alarm={alarm} />
            <TopLabels filters={filters} />
          </div>
        </>
      )}
    </Shell>
  );
}
