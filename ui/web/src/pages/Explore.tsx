import { useEffect, useMemo } from 'preact/hooks';
import { useList } from '../lib/hooks';
import { build, functionsFor, recognise } from '../lib/promql';
import { search, setSearch } from '../lib/router';
import type { Metric } from '../lib/types';
import { Shell } from '../parts/Shell';
import { Builder } from './explore/Builder';
import { MetricList } from './explore/MetricList';
import { Result } from './explore/Result';

/** The expression that a metric opens with: what is usually asked of its kind. */
export const openingExpr = (metric: Metric): string => build({ metric: metric.name, fn: functionsFor(metric.kind, metric.name)[0]!, filters: [], by: [] }, '5m');

/** From a name to an answer without knowing PromQL. */
export function Explore() {
  const metrics = useList<Metric>('/api/app/metrics', 10_000);
  const expr = search.value.get('q') ?? '', asked = search.value.get('m');
  const phrase = useMemo(() => recognise(expr), [expr]);
  useEffect(() => {
    const metric = metrics.data?.find(({ name }) => name === asked);
    if (metric) setSearch({ m: null, q: openingExpr(metric) });
  }, [asked, metrics.data]);
  const pick = (metric: Metric): void => setSearch({ q: openingExpr(metric), view: null, only: null }, false);
  const metric = metrics.data?.find(({ name }) => name === phrase?.metric);
  return (
    <Shell title="Explore" ranged actions={expr ? <a class="btn not-phone" href={`/alerts/new?${new URLSearchParams({ expr })}`}>Set alarm</a> : null}>
      <div class={`explore${expr ? ' picked' : ''}`}>
        <MetricList metrics={metrics} chosen={phrase?.metric ?? null} pick={pick} />
        <div class="result">
          <Builder expr={expr} phrase={phrase} metric={metric} metrics={metrics.data ?? []} />
          {expr ? <Result key="result" expr={expr} phrase={phrase} metric={metric} deployed={metrics.data?.some(({ name }) => name === 'deploy') ?? false} /> : <p class="empty">Pick a metric, or paste PromQL.</p>}
        </div>
      </div>
    </Shell>
  );
}
