import { levels, rules } from '../lib/alarms';
import { isOwn } from '../lib/blocks';
import { useList } from '../lib/hooks';
import { useKey, useRowKeys } from '../lib/rows';
import type { Metric } from '../lib/types';
import { LoadStrip } from '../parts/LoadStrip';
import { Shell } from '../parts/Shell';
import { useBlocks } from './overview/blocks';
import { ChecksUp } from './overview/ChecksUp';
import { Costs } from './overview/Costs';
import { Endpoints } from './overview/Endpoints';
import { Host } from './overview/Host';
import { OwnMetrics } from './overview/OwnMetrics';
import { metricsSeen } from './overview/seen';
import { OverviewStatus } from './overview/Status';
import { Traffic } from './overview/Traffic';

/** Whether to worry, in two seconds; what to look at, in ten. Blocks without data are left out. */
export function Overview() {
  const metrics = useList<Metric>('/api/app/metrics', 15_000);
  const known = metricsSeen(metrics.data);
  const answered = metrics.data !== null && rules.value !== null;
  const blocks = useBlocks(answered ? {
    load: levels.value.length > 0,
    requests: known.has('http_request_duration_seconds'),
    own: [...known].some(isOwn),
    llm: known.has('llm_cost_usd_total') || known.has('llm_calls_total'),
  } : null);
  useRowKeys('.hull .column');
  useKey('s', () => document.querySelector<HTMLElement>('.sentence [data-silence]')?.click(), 'Silence the worst for 1 h');
  if (!blocks) return <Shell title="Overview" ranged><OverviewStatus /></Shell>;
  const { requests, own, llm } = blocks;
  return (
    <Shell title="Overview" ranged>
      <OverviewStatus />
      <LoadStrip expected={blocks.load}><ChecksUp /></LoadStrip>
      {requests && <Traffic />}
      {answered && !requests && (
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
