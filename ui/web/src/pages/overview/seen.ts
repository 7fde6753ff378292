import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listen } from '../../lib/live';
import type { Metric } from '../../lib/types';

const arrived = signal<ReadonlySet<string>>(new Set());

/** The names of the metrics that are there, with those that the live stream announced since the list was loaded. */
export function metricsSeen(listed: Metric[] | null): ReadonlySet<string> {
  useEffect(() => listen('sample', ({ name }) => {
    if (!arrived.value.has(name)) arrived.value = new Set([...arrived.value, name]);
  }), []);
  return new Set([...(listed ?? []).map(({ name }) => name), ...arrived.value]);
}
