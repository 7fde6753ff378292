import type { Metric } from '../../lib/types';
import { draftOf, type Draft, type Kind, type PanelModel, type Place } from './model';

interface Sketch { title: string; kind: Kind; at: [number, number, number, number]; queries: [string, string?][]; unit?: string; needs?: string; stacked?: boolean; line?: number }

export interface Template { id: string; title: string; text: string; draft: Draft }

const place = ([x, y, w, h]: [number, number, number, number]): Place => ({ x, y, w, h });

function panelOf(sketch: Sketch, i: number): Partial<PanelModel> {
  return {
    id: `p${i + 1}`, title: sketch.title, kind: sketch.kind, grid: place(sketch.at), unit: sketch.unit ?? '', stacked: sketch.stacked ?? false,
    queries: sketch.queries.map(([expr, legend = '']) => ({ expr, legend })), thresholds: sketch.line === undefined ? [] : [{ value: sketch.line, op: '>', severity: 'critical' }],
  };
}

const http = 'http_request_duration_seconds', rate = '[$__rate_interval]', bucket = '[$__interval]';

const httpSketches = (filter: string): Sketch[] => [
  { title: 'Requests', kind: 'stat', at: [0, 0, 3, 4], queries: [[`histogram_count(sum(rate(${http}${filter}${rate})))`]], unit: 'count/s' },
  { title: 'Errors', kind: 'stat', at: [3, 0, 3, 4], queries: [[`histogram_count(sum(rate(${http}{${filter ? `${filter.slice(1, -1)}, ` : ''}status=~"5.."}${rate}))) / histogram_count(sum(rate(${http}${filter}${rate})))`]], unit: 'ratio' },
  { title: 'p95', kind: 'stat', at: [6, 0, 3, 4], queries: [[`histogram_quantile(0.95, sum(rate(${http}${filter}${rate})))`]], unit: 'seconds' },
  { title: 'p99', kind: 'stat', at: [9, 0, 3, 4], queries: [[`histogram_quantile(0.99, sum(rate(${http}${filter}${rate})))`]], unit: 'seconds' },
  { title: 'Requests by route', kind: 'area', at: [0, 4, 6, 7], stacked: true, queries: [[`histogram_count(sum by (route) (rate(${http}${filter}${rate})))`, '{{route}}']], unit: 'count/s' },
  { title: 'Latency', kind: 'line', at: [6, 4, 6, 7], queries: [['0.5', 'p50'], ['0.95', 'p95'], ['0.99', 'p99']].map(([q, name]) => [`histogram_quantile(${q}, sum(rate(${http}${filter}${rate})))`, name!]), unit: 'seconds' },
  { title: 'How long answers took', kind: 'heatmap', at: [0, 11, 6, 7], queries: [[`sum(increase(${http}${filter}${bucket}))`]], unit: 'seconds' },
  { title: 'Answers by status', kind: 'bar', at: [6, 11, 6, 7], queries: [[`histogram_count(sum by (status) (increase(${http}${filter}${bucket})))`, '{{status}}']], unit: 'count' },
  { title: 'p95 by route', kind: 'table', at: [0, 18, 12, 7], queries: [[`histogram_quantile(0.95, sum by (method, route) (rate(${http}${filter}${rate})))`, 'p95']], unit: 'seconds' },
];

const hostSketches: Sketch[] = [
  { title: 'Against their lines', kind: 'gauge', at: [0, 0, 4, 5], unit: 'ratio', line: 0.9, queries: [['max(host_cpu_usage_ratio)', 'CPU'], ['max(host_memory_used_ratio)', 'Memory'], ['host_disk_used_ratio', 'Disk {{mount}}']] },
  { title: 'CPU', kind: 'area', at: [4, 0, 8, 5], unit: 'ratio', line: 0.9, queries: [[`max(avg_over_time(host_cpu_usage_ratio${rate}))`]] },
  { title: 'Memory', kind: 'area', at: [0, 5, 6, 6], unit: 'bytes', queries: [['max(host_memory_used_bytes)', 'used']] },
  { title: 'Load', kind: 'line', at: [6, 5, 6, 6], unit: 'count', queries: [['max(host_load1)', '1 min'], ['max(host_load5)', '5 min'], ['max(host_load15)', '15 min']] },
  { title: 'Network', kind: 'line', at: [0, 11, 6, 6], unit: 'bytes/s', queries: [[`sum(rate(host_network_receive_bytes_total${rate}))`, 'in'], [`sum(rate(host_network_transmit_bytes_total${rate}))`, 'out']] },
  { title: 'Disk', kind: 'line', at: [6, 11, 6, 6], unit: 'ratio', line: 0.9, queries: [['host_disk_used_ratio', '{{mount}}']] },
];

const llmSketches: Sketch[] = [
  { title: 'Spent', kind: 'stat', at: [0, 0, 4, 4], unit: 'usd', queries: [['sum(increase(llm_cost_usd_total[$__range]))']], needs: 'llm_cost_usd_total' },
  { title: 'Calls', kind: 'stat', at: [4, 0, 4, 4], unit: 'count', queries: [['sum(increase(llm_calls_total[$__range]))']] },
  { title: 'Tokens', kind: 'stat', at: [8, 0, 4, 4], unit: 'count', queries: [['sum(increase(llm_tokens_total[$__range]))']], needs: 'llm_tokens_total' },
  { title: 'Cost by model', kind: 'bar', at: [0, 4, 8, 7], unit: 'usd', queries: [[`sum by (model) (increase(llm_cost_usd_total${bucket}))`, '{{model}}']], needs: 'llm_cost_usd_total' },
  { title: 'By model', kind: 'table', at: [8, 4, 4, 7], unit: 'usd', queries: [['sum by (model) (increase(llm_cost_usd_total[$__range]))', 'Cost']], needs: 'llm_cost_usd_total' },
  { title: 'Tokens by type', kind: 'area', at: [0, 11, 6, 7], stacked: true, unit: 'count/s', queries: [[`sum by (type) (rate(llm_tokens_total${rate}))`, '{{type}}']], needs: 'llm_tokens_total' },
  { title: 'Calls by provider', kind: 'bar', at: [6, 11, 6, 7], unit: 'count', queries: [[`sum by (provider) (increase(llm_calls_total${bucket}))`, '{{provider}}']] },
];

const postgresSketches: Sketch[] = [
  { title: 'Connections', kind: 'area', at: [0, 0, 6, 7], stacked: true, unit: 'count', queries: [['sum by (state) (pg_stat_activity_count)', '{{state}}']], needs: 'pg_stat_activity_count' },
  { title: 'Transactions', kind: 'line', at: [6, 0, 6, 7], unit: 'count/s', queries: [[`sum(rate(pg_stat_database_xact_commit${rate}))`, 'committed'], [`sum(rate(pg_stat_database_xact_rollback${rate}))`, 'rolled back']], needs: 'pg_stat_database_xact_commit' },
  { title: 'Found in memory', kind: 'line', at: [0, 7, 6, 6], unit: 'ratio', queries: [[`sum(rate(pg_stat_database_blks_hit${rate})) / (sum(rate(pg_stat_database_blks_hit${rate})) + sum(rate(pg_stat_database_blks_read${rate})))`]], needs: 'pg_stat_database_blks_hit' },
  { title: 'Longest transaction', kind: 'line', at: [6, 7, 6, 6], unit: 'seconds', queries: [['max(pg_stat_activity_max_tx_duration)']], needs: 'pg_stat_activity_max_tx_duration' },
  { title: 'Deadlocks', kind: 'bar', at: [0, 13, 6, 6], unit: 'count', queries: [[`sum(increase(pg_stat_database_deadlocks${bucket}))`]], needs: 'pg_stat_database_deadlocks' },
  { title: 'Size', kind: 'line', at: [6, 13, 6, 6], unit: 'bytes', queries: [['max by (datname) (pg_database_size_bytes)', '{{datname}}']], needs: 'pg_database_size_bytes' },
];

const loopSketches: Sketch[] = [
  { title: 'Event loop, worst lag', kind: 'line', at: [0, 0, 12, 7], unit: 'seconds', line: 0.05, queries: [[`max(max_over_time(event_loop_lag_seconds${rate}))`]], needs: 'event_loop_lag_seconds' },
  { title: 'Threads in use', kind: 'area', at: [0, 7, 6, 6], unit: 'ratio', line: 0.8, queries: [[`max(max_over_time(thread_pool_used_ratio${rate}))`]], needs: 'thread_pool_used_ratio' },
  { title: 'Requests in flight', kind: 'area', at: [6, 7, 6, 6], unit: 'count', queries: [['sum(http_requests_in_flight)']], needs: 'http_requests_in_flight' },
];

const columns = 12;

/** The panels of a row that lost some take its whole width. */
function filled(sketches: Sketch[]): Sketch[] {
  return sketches.map((sketch) => {
    const row = sketches.filter(({ at }) => at[1] === sketch.at[1]).sort((a, b) => a.at[0] - b.at[0]), sum = row.reduce((width, { at }) => width + at[2], 0);
    const edge = (place: number): number => Math.round(row.slice(0, place).reduce((width, { at }) => width + at[2], 0) * (columns / sum)), i = row.indexOf(sketch);
    return { ...sketch, at: [edge(i), sketch.at[1], edge(i + 1) - edge(i), sketch.at[3]] };
  });
}

interface Plan { id: string; title: string; text: string; when: string; sketches: Sketch[]; variable?: [string, string, string, string] }

const plans: Plan[] = [
  { id: 'http', title: 'HTTP', text: 'Requests, errors and latency by route', when: http, sketches: httpSketches('{route=~"$route"}'), variable: ['route', 'Route', http, 'route'] },
  { id: 'host', title: 'Host', text: 'CPU, memory, disk and network', when: 'host_cpu_usage_ratio', sketches: hostSketches },
  { id: 'llm', title: 'LLM', text: 'Cost, calls and tokens by model', when: 'llm_calls_total', sketches: llmSketches },
  { id: 'postgresql', title: 'PostgreSQL', text: 'Connections, transactions and size', when: 'pg_stat_activity_count', sketches: postgresSketches },
  { id: 'event-loop', title: 'Event loop', text: 'Lag, threads and requests in flight', when: 'event_loop_lag_seconds', sketches: loopSketches },
];

/** Dashboards made of what arrives: those panels whose metrics are there. */
export function templatesFor(metrics: readonly Pick<Metric, 'name'>[]): Template[] {
  const arriving = new Set(metrics.map(({ name }) => name));
  return plans.filter(({ when }) => arriving.has(when)).map(({ id, title, text, sketches, variable }) => {
    const panels = filled(sketches.filter(({ needs }) => !needs || arriving.has(needs))).map(panelOf) as PanelModel[];
    const variables = variable ? [{ name: variable[0], label: variable[1], metric: variable[2], label_name: variable[3], value: '', all: true }] : [];
    return { id, title, text, draft: draftOf({ title, panels, variables }) };
  });
}
