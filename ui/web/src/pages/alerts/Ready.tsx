import { useEffect, useState } from 'preact/hooks';
import { api } from '../../lib/api';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import type { Metric } from '../../lib/types';
import type { Exact } from './exact';

interface Proposal { name: string; metric: string; expr: string; threshold: number }

const requests = 'http_request_duration_seconds', count = (filter: string): string => `histogram_count(sum(rate(${requests}${filter}[5m])))`;
/** What suits many, the most telling first; a machine always has the last three. */
const proposals: Proposal[] = [
  { name: 'More than 2 % of requests fail', metric: requests, expr: `${count('{status=~"5.."}')} / ${count('')}`, threshold: 0.02 },
  { name: 'Requests take over 1 s', metric: requests, expr: `histogram_quantile(0.95, sum(rate(${requests}[5m])))`, threshold: 1 },
  { name: 'Disk above 90 %', metric: 'host_disk_used_ratio', expr: 'host_disk_used_ratio', threshold: 0.9 },
  { name: 'Memory above 90 %', metric: 'host_memory_used_ratio', expr: 'host_memory_used_ratio', threshold: 0.9 },
  { name: 'CPU above 85 %', metric: 'host_cpu_usage_ratio', expr: 'avg_over_time(host_cpu_usage_ratio[5m])', threshold: 0.85 },
];
const weekMs = 6048e5;

/** What the appliance says that an alarm would have done in the last week. */
function Backtest({ proposal: { name, expr, threshold } }: { proposal: Proposal }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const abort = new AbortController(), now = Date.now();
    api<Exact>('/api/app/rules/backtest', { method: 'POST', body: { rule: { name, expr, op: '>', threshold, for: '5m' }, from: now - weekMs, to: now }, signal: abort.signal })
      .then(({ episodes_total: total }) => { if (typeof total === 'number') setSaid(total === 0 ? 'Would not have fired in the last 7 days.' : `Would have fired ${plural(total, 'time')} in the last 7 days.`); }, () => undefined);
    return () => abort.abort();
  }, [expr]);
  return <span class="mut small-text" role="status">{said || ' '}</span>;
}

/** Three alarms for what arrives here, each with what it would have done. */
export function Ready() {
  const metrics = useList<Metric>('/api/app/metrics', 0).data;
  if (!metrics) return null;
  const three = proposals.filter(({ metric }) => metrics.some(({ name }) => name === metric)).slice(0, 3);
  return (
    <div class="card pad ready">
      <h2>{three.length === 3 ? 'Three' : 'Some'} to start with</h2>
      <p class="mut">For what arrives here. Each opens with the last days and the line to drag.</p>
      <ul>{three.map((each) => (
        <li key={each.name}><a class="btn" href={`/alerts/new?${new URLSearchParams({ name: each.name, expr: each.expr, op: '>', threshold: String(each.threshold) })}`}>{each.name}</a><Backtest proposal={each} /></li>
      ))}</ul>
    </div>
  );
}
