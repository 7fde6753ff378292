import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Chart } from '../../chart/model';
import { lineFor, rules } from '../../lib/alarms';
import { lastValue, shareOf, single } from '../../lib/blocks';
import { beforeOf, comparison, type Before } from '../../lib/compare';
import { format } from '../../lib/format';
import { useFrames, type Ask, type Asked } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { preset } from '../../lib/range';
import { Panel } from '../../parts/Panel';
import { Time } from '../../parts/Time';

const metric = 'http_request_duration_seconds';
const count = (filter: string) => (window: string): string => `histogram_count(sum(rate(${metric}${filter}[${window}])))`;
const quantile = (q: string) => (window: string): string => `histogram_quantile(${q}, sum(rate(${metric}[${window}])))`;
const errorShare = (window: string): string => `${count('{status=~"5.."}')(window)} / ${count('')(window)}`;

const dayMs = 864e5;

function frameOf(asked: Asked): Pick<Chart, 'times' | 'fromMs' | 'toMs' | 'stepS'> {
  return { times: asked.frames['all']?.times ?? [], fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS };
}

function requestsChart(asked: Asked): Chart {
  return { ...frameOf(asked), curves: [{ name: 'requests', color: 's1', values: single(asked.frames['all']) }], unit: { kind: 'count', perSecond: true }, shape: 'area', line: lineFor(count('')('1m')) };
}

/** Requests stand over yesterday's, unless something else is asked for. */
function requestsBefore(asked: Asked): Before | null {
  const yesterday = asked.frames['yesterday']?.series[0]?.values;
  return beforeOf(asked, 'all') ?? (yesterday ? { name: 'yesterday', values: yesterday } : null);
}

function errorsBefore(asked: Asked): Before | null {
  const all = beforeOf(asked, 'all');
  return all && { name: all.name, values: shareOf(beforeOf(asked, 'errors')?.values ?? [], all.values) };
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

function highest(chart: Chart): ComponentChildren {
  let top = 0, at = -1;
  chart.curves[0]!.values.forEach((value, i) => { if (value !== null && value > top) { top = value; at = i; } });
  return at < 0 ? 'none in this range' : <>highest {format(top, chart.unit)} at <Time ms={chart.times[at]! * 1000} /></>;
}

function beyond(chart: Chart): string {
  const now = lastValue(chart.curves[2]!.values);
  if (!chart.line || now === null || now <= chart.line.value) return '';
  return `${Math.round((now / chart.line.value - 1) * 100)} % above its line`;
}

/** Requests, errors and latency on one sheet, under one crosshair. */
export function Traffic() {
  const [sheet, width] = useWidth<HTMLElement>();
  const usual = preset.value !== '30d' && comparison.value === null;
  const asks: Ask[] = useMemo(() => [
    { id: 'all', expr: count(''), compared: true }, { id: 'errors', expr: count('{status=~"5.."}'), compared: true },
    { id: 'p50', expr: quantile('0.5') }, { id: 'p95', expr: quantile('0.95'), compared: true }, { id: 'p99', expr: quantile('0.99') },
    ...(usual ? [{ id: 'yesterday', expr: count(''), shiftMs: dayMs }] : []),
  ], [usual]);
  const frames = useFrames(asks, { widthPx: width > 760 ? width / 3 - 66 : width - 66 });
  const asked = frames.value;
  const charts = useMemo(() => ({ requests: requestsChart(asked), errors: errorsChart(asked), latency: latencyChart(asked) }), [asked.frames, asked.range, asked.stepS, rules.value]);
  const befores = useMemo(() => ({ requests: requestsBefore(asked), errors: errorsBefore(asked), latency: beforeOf(asked, 'p95') }), [asked.frames, asked.before]);
  const late = beyond(charts.latency);
  return (
    <section class="sheet three" ref={sheet} aria-label="Requests">
      <Panel title="Requests" chart={charts.requests} before={befores.requests} asked={asked} height={158} sync="overview" expr={count('')('5m')} retry={frames.refresh} />
      <Panel title="Errors" chart={charts.errors} before={befores.errors} asked={asked} height={158} note={highest(charts.errors)} sync="overview" expr={errorShare('5m')} retry={frames.refresh} />
      <Panel title="Latency" chart={charts.latency} before={befores.latency} asked={asked} height={158} lead={2} unitWord="p95" note={late} noteBad={late !== ''} sync="overview" expr={quantile('0.95')('5m')} retry={frames.refresh} />
    </section>
  );
}
