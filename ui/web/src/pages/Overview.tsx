import { LoadStrip } from '../parts/LoadStrip';
import { Shell } from '../parts/Shell';
import { OverviewStatus } from './overview/Status';
import { Traffic } from './overview/Traffic';
import { Endpoints } from './overview/Endpoints';
import { Host } from './overview/Host';
import { Costs } from './overview/Costs';
import { OwnMetrics } from './overview/OwnMetrics';
import { useList } from '../lib/hooks';
import { isOwn } from '../lib/blocks';
import { metricsSeen } from './overview/seen';
import type { Metric } from '../lib/types';

/** Whether to worry, in two seconds; what to look at, in ten. Blocks without data are left out. */
export function Overview() {
  const metrics = useList<Metric>('/api/app/metrics', 15_000);
  const known = metricsSeen(metrics.data);
  const requests = known.has('http_request_duration_seconds');
  const llm = known.has('llm_cost_usd_total') || known.has('llm_calls_total');
  const own = (metrics.data ?? []).some((metric) => isOwn(metric.name)) || [...known].some(isOwn);
  return (
    <Shell title="Overview" ranged>
      <OverviewStatus />
      <LoadStrip />
      {requests && <Traffic deployed={known.has('deploy')} />}
      {metrics.data && !requests && (
        <p class="hint">No requests yet. One line adds them to FastAPI. <a class="link" href="/welcome?tab=fastapi">Show it</a></p>
      )}
      <section class={`blocks${requests || own ? (llm ? '' : ' two') : ' even'}`}>
        {requests ? <Endpoints /> : own && <OwnMetrics metrics={metrics.data ?? []} />}
        <Host />
        {llm && <Costs />}
        {requests && own && <OwnMetrics metrics={metrics.data ?? []} />}
      </section>
    </Shell>
  );
}
