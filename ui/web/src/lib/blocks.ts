import type { Frame } from './frames';

/** The first series of a frame, or zeros where nothing answered but something else did. */
export function single(frame: Frame | undefined): (number | null)[] {
  return frame?.series[0]?.values ?? frame?.times.map(() => null) ?? [];
}

/** Values laid upon the times of another grid of the same step. */
export function sumOf(frame: Frame | undefined): (number | null)[] {
  if (!frame) return [];
  return frame.times.map((_, i) => {
    let sum = 0, any = false;
    for (const { values } of frame.series) {
      const value = values[i];
      if (value != null) { sum += value; any = true; }
    }
    return any ? sum : null;
  });
}

export const hasPoints = (frame: Frame | undefined): boolean => !!frame?.series.length;

export function lastValue(values: (number | null)[] | undefined): number | null {
  for (let i = (values?.length ?? 0) - 1; i >= 0; i--) if (values![i] != null) return values![i]!;
  return null;
}

/** a over b at each place; where b is there and a is not, a counts as none. */
export function shareOf(part: (number | null)[], whole: (number | null)[]): (number | null)[] {
  return whole.map((total, i) => (total === null ? null : total > 0 ? (part[i] ?? 0) / total : 0));
}

/** What somebody sends, and not what Plimsoll measures, watches and counts itself. */
export const isOwn = (name: string): boolean =>
  !/^(host_|plimsoll_|llm_|ALERTS(_FOR_STATE)?$|check_(up|degraded|duration_seconds|http_status|tls_expiry_days|value|processes|memory_|disk_))/.test(name) && name !== 'http_request_duration_seconds' && name !== 'http_requests_in_flight';
