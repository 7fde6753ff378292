import { api } from '../../lib/api';
import { quoted, selector, type Filter } from '../../lib/promql';
import { rangeNow } from '../../lib/range';

/** What the appliance says of one route; times are ms. */
export interface Endpoint {
  method: string;
  route: string;
  count: number;
  rate: number;
  errors: number;
  error_rate: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  avg: number | null;
  max: number | null;
  time_share: number;
  status: Record<string, number>;
}

export const metric = 'http_request_duration_seconds';
export const ownLabels = ['__name__', 'method', 'route', 'status', 'le'];

export const keyOf = ({ method, route }: { method?: string | undefined; route?: string | undefined }): string => `${method ?? ''} ${route ?? ''}`;

/** Requests that were answered with a code of this class. */
export const ofClass = ({ status }: Endpoint, first: string): number =>
  Object.entries(status).reduce((sum, [code, count]) => (code.length === 3 && code.startsWith(first) ? sum + count : sum), 0);

/** Conditions on the requests that are counted, beside the route. */
export interface Narrowing {
  status: string;
  label: string;
  value: string;
}

export const narrowed = ({ status, label, value }: Narrowing): Filter[] => [
  ...(status ? [{ label: 'status', op: '=~' as const, value: `${status[0]}..` }] : []),
  ...(label && value ? [{ label, op: '=' as const, value }] : []),
];

export async function loadEndpoints(filters: Filter[]): Promise<Endpoint[]> {
  const { fromMs, toMs } = rangeNow();
  const query = new URLSearchParams({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) });
  for (const { label, op, value } of filters) query.append('where', `${label}${op}${value}`);
  return (await api<{ endpoints: Endpoint[] }>(`/metrics/endpoints?${query}`)).endpoints;
}

export const routeFilters = ({ method, route }: { method: string; route: string }): Filter[] =>
  [{ label: 'method', op: '=', value: method }, { label: 'route', op: '=', value: route }];

/** The expressions of a route's curves. */
export const countOf = (filters: Filter[]) => (window: string): string => `histogram_count(sum(rate(${selector(metric, filters)}[${window}])))`;
export const quantileOf = (q: string, filters: Filter[]) => (window: string): string => `histogram_quantile(${q}, sum(rate(${selector(metric, filters)}[${window}])))`;
export const failed: Filter = { label: 'status', op: '=~', value: '5..' };

/** True where an alarm's expression names the route, and no other method. */
export function isAbout(expr: string, { method, route }: { method: string; route: string }): boolean {
  const bare = expr.replace(/\s+/g, ''), named = /[{,]method="((?:[^"\\]|\\.)*)"/.exec(bare);
  return bare.includes(`route=${quoted(route)}`.replace(/\s+/g, '')) && (!named || named[1] === quoted(method).slice(1, -1));
}

/** Paths that hold a number or an id where a template should stand, such as /users/42. */
export const concrete = (routes: string[]): string | undefined =>
  routes.find((route) => route.split('/').some((piece) => /^\d+$|^[0-9a-f]{8,}(-[0-9a-f]{4,})*$/i.test(piece)));
