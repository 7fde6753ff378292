import { Spark } from '../../chart/Spark';
import { api } from '../../lib/api';
import { lineForMetric } from '../../lib/alarms';
import { lastValue, single, sumOf } from '../../lib/blocks';
import { lasting, quantity, type Unit } from '../../lib/format';
import { useFrames, type Ask } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import type { HostFigures } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';

export const hostAsks: Ask[] = [
  { id: 'cpu', expr: (window) => `avg_over_time(host_cpu_usage_ratio[${window}])` },
  { id: 'memory', expr: () => 'host_memory_used_ratio' },
  { id: 'disk', expr: () => 'host_disk_used_ratio' },
  { id: 'receive', expr: (window) => `rate(host_network_receive_bytes_total[${window}])` },
  { id: 'transmit', expr: (window) => `rate(host_network_transmit_bytes_total[${window}])` },
];

const add = (a: (number | null)[], b: (number | null)[]): (number | null)[] => a.map((value, i) => (value === null ? b[i] ?? null : value + (b[i] ?? 0)));

interface RowProps { name: string; now?: number | null | undefined; values: (number | null)[]; unit: Unit; metric?: string; labels?: Record<string, string> }

function Row({ name, now, values, unit, metric, labels }: RowProps) {
  const line = metric ? lineForMetric(metric, labels) : null;
  const { number, unit: suffix } = quantity(now ?? lastValue(values), unit);
  const href = metric ? `/explore?q=${encodeURIComponent(metric)}` : `/explore?q=${encodeURIComponent('sum(rate(host_network_receive_bytes_total[1m]))')}`;
  return (
    <a class="host-row" href={href}>
      <span class="host-name">{name}</span>
      <Spark values={values} width={150} height={36} fill line={line?.value ?? null} {...(unit.kind === 'ratio' ? { top: 1 } : {})} />
      <span class={`host-value num${line?.over ? ' bad-text' : ''}`}>{number}<small>{suffix}</small></span>
    </a>
  );
}

/** Both ways together, as the trace has it. */
function traffic(figures: HostFigures | null): number | null {
  const { receive_bytes_per_s: received, transmit_bytes_per_s: sent } = figures?.network ?? {};
  return received == null || sent == null ? null : received + sent;
}

/** The fullest disk speaks for all. */
export function fullest(series: { labels: Record<string, string>; values: (number | null)[] }[] = []): { mount: string; values: (number | null)[] } | null {
  const sorted = [...series].sort((a, b) => (lastValue(b.values) ?? 0) - (lastValue(a.values) ?? 0));
  return sorted[0] ? { mount: sorted[0].labels['mount'] ?? '', values: sorted[0].values } : null;
}

/** The same from the newest figures, while the range has no point of this machine yet. */
function fullestNow(figures: HostFigures | null): { mount: string; values: (number | null)[] } | null {
  const sorted = [...(figures?.disks ?? [])].sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0));
  return sorted[0] ? { mount: sorted[0].mount, values: [] } : null;
}

/** This machine: processor, memory, disk and network against their lines. */
export function Host() {
  const frames = useFrames(hostAsks, { widthPx: 150 });
  const figures = useLoad(() => api<HostFigures>('/metrics/system'), 5000).data;
  const { frames: got, error } = frames.value;
  const disk = fullest(got['disk']?.series) ?? fullestNow(figures);
  return (
    <div class="card">
      <header><h2>Host</h2>{figures && <p>{figures.host}</p>}<span class="grow" />{figures?.uptime_s != null && <span class="mut small-text num">up {lasting(figures.uptime_s * 1000)}</span>}</header>
      {error && <Trouble error={error} retry={frames.refresh} />}
      <div class="host">
        <Row name="CPU" now={figures?.cpu_ratio} values={single(got['cpu'])} unit={{ kind: 'ratio' }} metric="host_cpu_usage_ratio" />
        <Row name="Memory" now={figures?.memory?.ratio} values={single(got['memory'])} unit={{ kind: 'ratio' }} metric="host_memory_used_ratio" />
        <Row name={disk ? `Disk ${disk.mount}` : 'Disk'} now={figures?.disks?.find(({ mount }) => mount === disk?.mount)?.ratio} values={disk?.values ?? []} unit={{ kind: 'ratio' }} metric="host_disk_used_ratio" labels={disk ? { mount: disk.mount } : {}} />
        <Row name="Network" now={traffic(figures)} values={add(sumOf(got['receive']), sumOf(got['transmit']))} unit={{ kind: 'bytes', perSecond: true }} />
      </div>
    </div>
  );
}
