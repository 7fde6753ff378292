import { useEffect, useMemo, useState } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { api, type Page } from '../../lib/api';
import { format, plural, unitOfMetric, visible } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { listen } from '../../lib/live';
import type { RejectedEvent, SampleEvent } from '../../lib/types';
import { Time } from '../../parts/Time';

/** What the inbox says of a batch. */
interface Arrival {
  at_ms: number;
  sample: { series: string; value: number } | null;
}

const spanS = 90;

/** One point a second of what has come, on a grid that ends now. */
function chartOf(samples: SampleEvent[], nowMs: number): Chart {
  const endS = Math.ceil(nowMs / 1000);
  const times = Array.from({ length: spanS + 1 }, (_, i) => endS - spanS + i);
  const values: (number | null)[] = times.map(() => null);
  for (const sample of samples) {
    const place = Math.round(sample.at_ms / 1000) - times[0]!;
    if (place >= 0 && place <= spanS) values[place] = sample.value;
  }
  const name = samples[0]?.name ?? '';
  return { times, curves: [{ name, color: 's1', values, width: 2 }], unit: unitOfMetric(name), fromMs: times[0]! * 1000, toMs: (endS + 1) * 1000, stepS: 1, shape: 'area' };
}

const empty = (chart: Chart): Chart => ({ ...chart, curves: [{ name: '', color: 'surface', values: chart.times.map((_, i) => (i ? null : 50)), silent: true }], shape: 'line' });

/** The newest that came before this page listened. */
async function arrivedBefore(): Promise<Arrival | null> {
  const { items } = await api<Page<Arrival>>('/api/app/inbox?limit=20');
  return items.find(({ sample }) => sample) ?? null;
}

function Said({ samples, refused, before }: { samples: SampleEvent[]; refused: RejectedEvent | null; before: Arrival | null }) {
  const first = samples[0];
  if (first)
    return <><b class="ok-text">It is here.</b> <span class="mono">{first.series}</span> = {format(first.value, unitOfMetric(first.name))}, on disk {Math.max(0, Math.round(first.latency_ms))} ms after it arrived.
      {samples.length > 1 && <span class="mut"> {plural(samples.length, 'sample')} so far.</span>}</>;
  if (refused)
    return <><b class="bad-text">Refused.</b> {refused.message} <span class="mut">({refused.code}, by {refused.source})</span></>;
  if (before)
    return <><i class="pulse" aria-hidden="true" /><span class="mono">{visible(before.sample!.series)}</span> came <Time ms={before.at_ms} as="ago" />. The next point will appear here within a second.</>;
  return <><i class="pulse" aria-hidden="true" />Listening on <span class="mono">{window.location.host}</span>. Your first point will appear here within a second.</>;
}

/** An empty chart that listens, and flips the moment a sample is on disk. */
export function Listening() {
  const [samples, setSamples] = useState<SampleEvent[]>([]);
  const [refused, setRefused] = useState<RejectedEvent | null>(null);
  const [now, setNow] = useState(Date.now());
  const { data: before } = useLoad(arrivedBefore, 0);
  useEffect(() => {
    const ends = [
      listen('sample', (sample) => { setRefused(null); setSamples((before) => [...before, sample].slice(-500)); setNow(Date.now()); }),
      listen('rejected', setRefused),
    ];
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => { ends.forEach((end) => end()); window.clearInterval(timer); };
  }, []);
  const own = samples.filter(({ name }) => name === samples[0]?.name);
  const chart = useMemo(() => (samples.length ? chartOf(own, now) : empty(chartOf([], now))), [samples, now]);
  return (
    <div class={`listening${samples.length ? ' here' : refused ? ' refused' : ''}`}>
      <Plot chart={chart} height={172} title={samples[0]?.name ?? 'What arrives'} />
      <p role="status"><Said samples={samples} refused={refused} before={before} /></p>
    </div>
  );
}
