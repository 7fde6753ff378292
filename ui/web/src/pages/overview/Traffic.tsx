import { useMemo } from 'preact/hooks';
import type { Chart } from '../../chart/model';
import { lineFor, rules } from '../../lib/alarms';
import { lastValue, shareOf, single } from '../../lib/blocks';
import { clock, format } from '../../lib/format';
import { useDeploys, useFrames, type Ask, type Asked } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { preset } from '../../lib/range';
import { Panel } from '../../parts/Panel';

const metric = 'http_request_duration_seconds';
const count = (filter: string) => (window: string): string => `histogram_count(sum(rate(${metric}${filter}[${window}])))`;
const quantile = (q: string) => (window: string): string => `histogram_quantile(${q}, sum(rate(${metric}[${window}])))`;
const errorShare = (window: string): string => `${count('{status=~"5.."}')(window)} / ${count('')(window)}`;

const dayMs = 864e5;

function frameOf(asked: Asked): Pick<Chart, 'times' | 'fromMs' | 'toMs' | 'stepS'> {
  return { times: asked.frames['all']?.times ?? [], fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS };
}

function requestsChart(asked: Asked): Chart {
  const before = asked.frames['yesterday']?.series[0]?.values;
  const curves: Chart['curves'] = [{ name: 'requests', color: 's1', values: single(asked.frames['all']) }];
  if (before) curves.unshift({ name: 'yesterday', color: 'text-3', values: before, dashed: true, width: 1, silent: true });
  return { ...frameOf(asked), curves, unit: { kind: 'count', perSecond: true }, shape: 'area', line: lineFor(count('')('1m')) };
}

function errorsChart(asked: Asked): Chart {
  const values = shareOf(single(asked.frames['errors']), single(asked.frames['all']));
  return { ...frameOf(asked), curves: [{ name: 'errors', color: 's1', values }], unit: { kind: 'ratio' }, shape: 'area', cap: 1, yTicks: 2, line: lineFor(errorShare('1m')) };
}

function latencyChart(asked: Asked): Chart {
  const curve = (name: string): Chart['curves'][number] =>
    ({ name, color: name.replace('p', 'q'), values: single(asked.frames[name]), width: name === 'p95' ? 1.75 : 1.1, main: name === 'p95' });
  return { ...frameOf(asked), curves: [curve('p99'), curve('p50'), curve('p95')], unit: { kind: 'seconds' }, shape: 'line', endLabels: true, line: lineFor(quantile('0.95')('1m')) };
}

function change(asked: Asked): string {
  const now = lastValue(single(asked.frames['all'])), before = lastValue(asked.frames['yesterday']?.series[0]?.values);
  if (!now || !before) return '';
  const share = Math.round((now / before - 1) * 100);
  return share === 0 ? 'as yesterday' : `${share > 0 ? '+' : '−'}${Math.abs(share)} % on yesterday`;
}

function highest(chart: Chart): string {
  let top = 0, at = -1;
  chart.curves[0]!.values.forEach((value, i) => { if (value !== null && value > top) { top = value; at = i; } });
  return at < 0 ? 'none in this range' : `highest ${format(top, chart.unit)} at ${clock(chart.times[at]! * 1000)}`;
}

function beyond(chart: Chart): string {
  const now = lastValue(chart.curves[2]!.values);
  if (!chart.line || now === null || now <= chart.line.value) return '';
  return `${Math.round((now / chart.line.value - 1) * 100)} % above its line`;
}

/** Requests, errors and latency on one sheet, under one crosshair. */
export function Traffic({ deployed }: { deployed: boolean }) {
  const [sheet, width] = useWidth<HTMLElement>();
  const asks: Ask[] = useMemo(() => [
    { id: 'all', expr: count('') }, { id: 'errors', expr: count('{status=~"5.."}') },
    { id: 'p50', expr: quantile('0.5') }, { id: 'p95', expr: quantile('0.95') }, { id: 'p99', expr: quantile('0.99') },
    ...(preset.value === '30d' ? [] : [{ id: 'yesterday', expr: count(''), shiftMs: dayMs }]),
  ], [preset.value]);
  const frames = useFrames(asks, { widthPx: width > 760 ? width / 3 - 66 : width - 66 });
  const asked = frames.value, deploys = useDeploys(deployed, width / 3);
  const charts = useMemo(() => ({ requests: { ...requestsChart(asked), deploys }, errors: { ...errorsChart(asked), deploys }, latency: { ...latencyChart(asked), deploys } }), [asked, deploys, rules.value]);
  const late = beyond(charts.latency);
  return (
    <section class="sheet three" ref={sheet} aria-label="Requests">
      <Panel title="Requests" chart={charts.requests} asked={asked} height={158} lead={charts.requests.curves.length - 1} note={change(asked)} sync="overview" expr={count('')('5m')} retry={frames.refresh} />
      <Panel title="Errors" chart={charts.errors} asked={asked} height={158} note={highest(charts.errors)} sync="overview" expr={errorShare('5m')} retry={frames.refresh} />
      <Panel title="Latency" chart={charts.latency} asked={asked} height={158} lead={2} unitWord="p95" note={late} noteBad={late !== ''} sync="overview" expr={quantile('0.95')('5m')} retry={frames.refresh} />
    </section>
  );
}
