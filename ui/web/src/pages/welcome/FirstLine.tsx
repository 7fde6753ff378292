import { useMemo, useState } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { loadAlarms, rules } from '../../lib/alarms';
import { api, explain, needs } from '../../lib/api';
import { lastValue } from '../../lib/blocks';
import { useFrames } from '../../lib/frames';
import type { Rule } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { fullest } from '../overview/Host';

const expr = 'host_disk_used_ratio';
const threshold = 0.9;
const asks = [{ id: 'disk', expr: () => expr }];

/** When the disk meets its line, if it goes on filling as it has in the hours that are known. */
function pace(chart: Chart): string {
  const values = chart.curves[0]!.values;
  const first = values.findIndex((value) => value !== null), now = lastValue(values);
  if (first < 0 || now === null) return 'Nothing is known about the disk yet.';
  if (now > threshold) return 'It is above that now.';
  const days = (chart.toMs / 1000 - chart.times[first]!) / 86_400, growth = now - values[first]!;
  if (days < 0.04 || growth <= 0) return `It is at ${Math.round(now * 100)} % now.`;
  const left = (threshold - now) / (growth / days);
  return left > 3650 ? `At this pace it never is. It is at ${Math.round(now * 100)} % now.` : `At this pace that is in ${Math.max(1, Math.round(left))} days.`;
}

/** Step three: a first alarm that suits every machine. */
export function FirstLine() {
  const asked = useFrames(asks, { widthPx: 180 }).value;
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const disk = fullest(asked.frames['disk']?.series);
  const chart: Chart = useMemo(() => ({
    times: asked.frames['disk']?.times ?? [], curves: [{ name: 'disk', color: 's1', values: disk?.values ?? [] }], unit: { kind: 'ratio' }, shape: 'area', cap: 1, yTicks: 2,
    fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, line: { value: threshold, op: '>', over: false },
  }), [asked]);
  const kept = rules.value?.find((rule) => rule.expr === expr);
  const keep = async (): Promise<void> => {
    try {
      await api<Rule>('/api/app/rules', { method: 'POST', body: { name: 'Disk above 90 %', expr, op: '>', threshold, for: '5m', severity: 'warning' } });
      setError(null);
      await loadAlarms();
    } catch (cause) {
      setError(explain(cause));
    }
  };
  return (
    <li class={`card step${kept ? ' done' : ''}`}>
      <span class="number" aria-hidden="true">3</span>
      <div class="grow">
        <h2>Draw your first line</h2>
        <p class="mut">An alarm is a line on a chart. Here is one to start with:</p>
        <Plot chart={chart} height={112} title="Disk against a line of 90 %" />
        <p class="small-text"><b>Disk above 90 %</b><br /><span class="mut">{pace(chart)}</span></p>
        {error && <Trouble error={error} retry={() => void keep()} />}
        {kept ? <p class="small-text"><span class="ok-text">Kept.</span> <a class="link" href={`/alerts/rules/${kept.id}`}>Open it</a> · <a class="link" href="/alerts/channels">Tell someone</a></p>
          : <button type="button" class="btn" {...needs('edit')} onClick={() => void keep()}>Keep this alarm</button>}
      </div>
    </li>
  );
}
