import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { listen } from '../../lib/live';
import type { Metric, SampleEvent } from '../../lib/types';

/** The first sample of each name that the live stream brought. */
export const arrived = signal<ReadonlyMap<string, SampleEvent>>(new Map());

/** The names of the metrics that are there, with those that the live stream announced since the list was loaded. */
export function metricsSeen(listed: Metric[] | null): ReadonlySet<string> {
  useEffect(() => listen('sample', (sample) => {
    if (!arrived.value.has(sample.name)) arrived.value = new Map([...arrived.value, [sample.name, sample]]);
  }), []);
  return new Set([...(listed ?? []).map(({ name }) => name), ...arrived.value.keys()]);
}
