import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Spark } from '../../chart/Spark';
import { isOwn, lastValue, single } from '../../lib/blocks';
import { format, unitOfMetric } from '../../lib/format';
import { useFrames, type Ask } from '../../lib/frames';
import { listen } from '../../lib/live';
import { build, functionsFor, fnLabel } from '../../lib/promql';
import type { Metric, SampleEvent } from '../../lib/types';
import { Time } from '../../parts/Time';
import { arrived } from './seen';

type Row = Pick<Metric, 'name' | 'kind' | 'unit' | 'last_ms'>;

/** The newest rows first, with what the live stream brought since the list was loaded. */
function merge(metrics: Metric[], samples: ReadonlyMap<string, SampleEvent>): Row[] {
  const rows = new Map<string, Row>(metrics.filter(({ name }) => isOwn(name)).map((metric) => [metric.name, metric]));
  for (const sample of samples.values()) {
    const known = rows.get(sample.name);
    if (!isOwn(sample.name)) continue;
    rows.set(sample.name, { name: sample.name, kind: sample.kind, unit: known?.unit ?? '', last_ms: Math.max(sample.committed_ms, known?.last_ms ?? 0) });
  }
  return [...rows.values()];
}

/** What adds up is shown as its sum in the range of a point, what does not as its value. */
function traceOf({ name, kind }: Row): Ask {
  const fn = kind === 'distribution' || kind === 'histogram' ? 'sum' : kind === 'gauge' || kind === 'untyped' ? 'avg' : functionsFor(kind).includes('increase') ? 'increase' : 'last';
  return { id: name, bucketed: true, expr: (window) => (fn === 'avg' ? `avg(${build({ metric: name, fn, filters: [], by: [] }, window)})` : build({ metric: name, fn, filters: [], by: [] }, window)) };
}

/** The metrics that the user sends, as they come. */
export function OwnMetrics({ metrics }: { metrics: Metric[] }) {
  // The very first metric is what this block came for: its sample was there before it.
  const samples = useSignal<ReadonlyMap<string, SampleEvent>>(new Map([...arrived.peek()].filter(([name]) => !metrics.some((metric) => metric.name === name))));
  const rows = merge(metrics, samples.value).sort((a, b) => b.last_ms - a.last_ms).slice(0, 7);
  const stable = [...rows].sort((a, b) => a.name.localeCompare(b.name));
  const frames = useFrames(stable.map(traceOf), { widthPx: 74 });
  useEffect(() => {
    let soon: number | undefined;
    const stop = listen('sample', (sample) => {
      samples.value = new Map([...samples.value, [sample.name, sample]]);
      if (soon === undefined) soon = window.setTimeout(() => { soon = undefined; frames.refresh(); }, 1000);
    });
    return () => { stop(); window.clearTimeout(soon); };
  }, []);
  return (
    <div class="card wide">
      <header><h2>Your metrics</h2><p>newest first</p><span class="grow" /><a class="more" href="/explore">Explore</a></header>
      <table class="table">
        <thead><tr><th scope="col">Metric</th><th scope="col" class="not-phone">Trace</th><th scope="col" class="right">Last</th><th scope="col" class="right">Came</th></tr></thead>
        <tbody>{rows.map((row) => {
          const sample = samples.value.get(row.name), unit = unitOfMetric(row.name, row.unit);
          const values = single(frames.value.frames[row.name]);
          return (
            <tr key={row.name}>
              <td class="route"><a class="row-link mono" href={`/explore?m=${encodeURIComponent(row.name)}`}>{sample?.series ?? row.name}</a><span class="mut small-text kind">{row.kind === 'distribution' ? fnLabel.sum : row.kind}</span></td>
              <td class="not-phone"><Spark values={values} width={74} height={20} fill /></td>
              <td class="right num">{format(sample?.value ?? lastValue(values), unit)}</td>
              <td class="right num mut"><Time ms={row.last_ms} as="ago" /></td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
