import { useMemo } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { lastValue, single, sumOf } from '../../lib/blocks';
import { quantity, type Unit } from '../../lib/format';
import { useFrames, type Asked } from '../../lib/frames';
import type { Range } from '../../lib/range';
import { Trouble } from '../../parts/Sentence';
import { fullest } from '../overview/Host';

const minutes = (count: number) => (): Range => ({ fromMs: Date.now() - count * 60_000, toMs: Date.now(), sliding: true });

const asks = [
  { id: 'cpu', expr: () => 'host_cpu_usage_ratio' },
  { id: 'memory', expr: () => 'host_memory_used_ratio' },
  { id: 'disk', expr: () => 'host_disk_used_ratio' },
  { id: 'receive', expr: () => 'rate(host_network_receive_bytes_total[30s])' },
  { id: 'transmit', expr: () => 'rate(host_network_transmit_bytes_total[30s])' },
];

function chartOf(asked: Asked, values: (number | null)[], unit: Unit): Chart {
  return {
    times: asked.frames['cpu']?.times ?? [], curves: [{ name: '', color: 's1', values }], unit, shape: 'area', bare: true,
    fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, ...(unit.kind === 'ratio' ? { cap: 1 } : {}),
  };
}

function Tile({ title, chart, full }: { title: string; chart: Chart; full?: boolean }) {
  const { number, unit } = quantity(lastValue(chart.curves[0]!.values), chart.unit);
  const shown = useMemo(() => (full ? { ...chart, line: null } : chart), [chart]);
  return (
    <div class="cell">
      <header><h2>{title}</h2></header>
      <div class="figure num">{number}<small>{unit}</small></div>
      <Plot chart={shown} height={66} title={title} />
    </div>
  );
}

/** The host, live from the second second. */
export function FirstHost() {
  const frames = useFrames(asks, { widthPx: 240, range: minutes(4), everyMs: 1500 });
  const asked = frames.value;
  const disk = fullest(asked.frames['disk']?.series);
  const charts = useMemo(() => {
    const receive = sumOf(asked.frames['receive']), transmit = sumOf(asked.frames['transmit']);
    return {
      cpu: chartOf(asked, single(asked.frames['cpu']), { kind: 'ratio' }),
      memory: chartOf(asked, single(asked.frames['memory']), { kind: 'ratio' }),
      disk: chartOf(asked, disk?.values ?? [], { kind: 'ratio' }),
      network: chartOf(asked, receive.map((value, i) => (value === null ? null : value + (transmit[i] ?? 0))), { kind: 'bytes', perSecond: true }),
    };
  }, [asked]);
  return (
    <section class="sheet four" aria-label="This machine">
      {asked.error && <Trouble error={asked.error} retry={frames.refresh} />}
      <Tile title="CPU" chart={charts.cpu} />
      <Tile title="Memory" chart={charts.memory} full />
      <Tile title={`Disk ${disk?.mount ?? '/'}`} chart={charts.disk} full />
      <Tile title="Network" chart={charts.network} />
    </section>
  );
}
