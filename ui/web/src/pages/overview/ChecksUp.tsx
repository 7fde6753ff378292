import { useList } from '../../lib/hooks';
import type { Check } from '../../lib/types';

/** How many checks are up, in the head of the load strip. */
export function ChecksUp() {
  const checks = (useList<Check>('/api/app/checks?limit=500', 15_000).data ?? []).filter(({ enabled }) => enabled);
  if (checks.length === 0) return null;
  const up = checks.filter(({ state }) => state === 'ok').length, late = checks.filter(({ kind, state }) => kind === 'heartbeat' && state !== 'ok' && state !== 'unknown').length;
  return <a class="checks-up num" href="/checks"><b class={up === checks.length ? 'ok-text' : ''}>{up}</b> of {checks.length} checks up{late > 0 && `, ${late} late`}</a>;
}
