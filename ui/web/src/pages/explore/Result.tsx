import { useEffect, useMemo, useState } from 'preact/hooks';
import { LineHandle } from '../../chart/LineHandle';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { lineFor, lineForMetric, rules } from '../../lib/alarms';
import { lastValue } from '../../lib/blocks';
import { beforeOf, changeAt, withBefore } from '../../lib/compare';
import { clock, dateTime, format, lasting, quantity, utc } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { listen } from '../../lib/live';
import { marksAt, useMarks } from '../../lib/marks';
import { additive, build, bucketed, fnLabel, unitOfExpr, type Phrase } from '../../lib/promql';
import { search, setSearch } from '../../lib/router';
import { useKey } from '../../lib/rows';
import type { Metric } from '../../lib/types';
import { curvesOf, stacked, type Named } from './curves';
import { useHeat } from './heat';
import { Legend, readOnly } from './Legend';
import { Nothing } from './Nothing';
import { allBucketed, merged, type Query } from './queries';
import { QueryError } from './QueryError';
import { useResolution } from './resolution';

type View = 'line' | 'area' | 'bars' | 'heatmap' | 'table' | 'number';
const views: [View, string][] = [['line', 'Line'], ['area', 'Area'], ['bars', 'Bars'], ['heatmap', 'Heatmap'], ['table', 'Table'], ['number', 'Number']];

interface ResultProps { queries: Query[]; metric: Metric | undefined; metrics: Metric[] }

function usualView(phrase: Phrase | null, count: number, several: boolean): View {
  if (count > 1 || several || phrase?.by.length) return 'line';
  return phrase && bucketed(phrase.fn) ? 'bars' : 'area';
}

/** Areas of several curves lie upon each other, which says something only of what adds up; a heatmap needs a distribution. */
function offeredViews(phrase: Phrase | null, count: number, metric: Metric | undefined): [View, string][] {
  const spreads = phrase !== null && (metric?.kind === 'distribution' || metric?.kind === 'histogram');
  return views.filter(([name]) => (name === 'heatmap' ? spreads : name === 'bars' ? count <= 1 : name === 'area' ? count <= 1 || (phrase !== null && additive(phrase.fn)) : true));
}

function titleOf(queries: Query[]): string {
  const phrase = queries[0]!.phrase;
  if (queries.length > 1) return `${queries.slice(0, -1).map(({ letter }) => letter).join(', ')} and ${queries[queries.length - 1]!.letter}`;
  if (!phrase) return 'Result';
  return phrase.by.length ? `${fnLabel[phrase.fn]} by ${phrase.by.join(', ')}` : fnLabel[phrase.fn];
}

function BigNumbers({ named, unit }: { named: Named[]; unit: Chart['unit'] }) {
  return (
    <div class="numbers">{named.slice(0, 12).map(({ name, key, values }) => {
      const { number, unit: suffix } = quantity(lastValue(values), unit);
      return <div key={key}><span class="mono mut">{name}</span><div class="figure num">{number}<small>{suffix}</small></div></div>;
    })}</div>
  );
}

/** What stands at the crosshair; without one, how the present differs from what it is compared with. */
function ResultNote({ chart, index, change }: { chart: Chart; index: number | null; change: string }) {
  if (index === null) return <p class="not-phone num">{change || 'drag to zoom'}</p>;
  const atMs = (chart.times[index] ?? 0) * 1000;
  const here = marksAt(chart.marks ?? [], atMs, chart.stepS).map(({ title }) => title);
  return <p class="num" title={utc(atMs)}>{[chart.stepS < 60 ? clock(atMs, true) : dateTime(atMs), ...here, change].filter(Boolean).join(' · ')}</p>;
}

/** The line of the alarm on the same thing. */
function lineOf({ expr, phrase }: Query): Chart['line'] {
  return lineFor(expr) ?? (phrase?.fn === 'last' ? lineForMetric(phrase.metric, Object.fromEntries(phrase.filters.map(({ label, value }) => [label, value]))) : null);
}

/** Asks anew when a sample of what is shown was committed. */
function useArrivals(names: string[], refresh: () => void): void {
  const key = names.join(' ');
  useEffect(() => {
    let soon: number | undefined;
    const stop = listen('sample', ({ name }) => {
      if (names.includes(name) && soon === undefined) soon = window.setTimeout(() => { soon = undefined; refresh(); }, 700);
    });
    return () => { stop(); window.clearTimeout(soon); };
  }, [key]);
}

/** The answer: chart, heatmap, table or number, with the legend that reads the crosshair. */
export function Result({ queries, metric, metrics }: ResultProps) {
  const [card, width] = useWidth<HTMLDivElement>();
  const [index, setIndex] = useState<number | null>(null);
  const first = queries[0]!, { expr } = first, single = queries.length === 1, phrase = single ? first.phrase : null;
  const narrow = allBucketed(queries);
  const frames = useFrames(queries.map(({ slot, expr: each, phrase: said }) => ({ id: slot, bucketed: said !== null && bucketed(said.fn), compared: single, expr: (window: string) => (said ? build(said, window) : each) })),
    { widthPx: narrow ? width / 8 : width - 90, ...(narrow ? { leastStepS: 10 } : {}) });
  const asked = frames.value, frame = useMemo(() => merged(queries, asked), [asked, queries]);
  const unit = useMemo(() => unitOfExpr(expr, metric?.unit), [expr, metric?.unit]);
  const marks = useMarks(), resolution = useResolution(phrase, asked.range);
  const onlyText = search.value.get('only');
  const { named, curves } = useMemo(() => curvesOf(frame, phrase, readOnly(onlyText)), [frame, phrase, onlyText]);
  const offered = offeredViews(phrase, curves.length, metric);
  const wanted = search.value.get('view');
  const view = offered.find(([name]) => name === wanted)?.[0] ?? usualView(phrase, curves.length, !single);
  const heat = useHeat(view === 'heatmap' ? phrase : null, width - 90, unit);
  const main = single && curves.length === 1 ? named.find(({ values }) => values === curves[0]!.values) : undefined;
  const before = useMemo(() => (main ? beforeOf(asked, first.slot, main.labels) : null), [asked, main]);
  const piled = view === 'area' && curves.length > 1;
  const chart: Chart = useMemo(() => withBefore({
    times: frame?.times ?? [], curves: piled ? stacked(curves.filter(({ silent }) => !silent)) : curves, unit, fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, yTicks: 4, stacked: piled,
    shape: view === 'bars' && curves.length === 1 ? 'bars' : view === 'area' ? 'area' : 'line', marks, endLabels: curves.length > 1 && curves.length <= 6,
    line: single ? lineOf(first) ?? null : null, ...(unit.kind === 'ratio' ? { cap: 1 } : {}),
  }, view === 'bars' ? null : before), [frame, curves, unit, view, marks, before, rules.value]);
  useArrivals(queries.flatMap(({ phrase: said }) => (said ? [said.metric] : [])), frames.refresh);
  useKey('v', () => setSearch({ view: offered[(offered.findIndex(([name]) => name === view) + 1) % offered.length]![0] }), 'Next view');
  const none = frame !== undefined && named.length === 0 && !asked.loading;
  const drawn = view === 'line' || view === 'area' || view === 'bars', height = width > 700 ? 396 : 280, title = titleOf(queries);
  return (
    <>
      <div class={`card chart-card${asked.loading ? ' loading' : ''}`} ref={card}>
        <header>
          <h2>{title}</h2>{drawn && <ResultNote chart={chart} index={index} change={changeAt(main?.values, before, index)} />}<span class="grow" />
          <a class="btn small only-phone" href={`/alerts/new?${new URLSearchParams({ expr })}`}>Set alarm</a>
          <span class="read num">{frame ? <><b>{resolution}</b> · drawn at {lasting(asked.stepS * 1000)} · {asked.tookMs < 1 ? '1 ms' : format(Math.round(asked.tookMs), { kind: 'milliseconds' })}</> : ' '}</span>
          <div class="segments" role="group" aria-label="View">
            {offered.map(([name, text]) => <button type="button" key={name} aria-pressed={view === name} onClick={() => setSearch({ view: name })}>{text}</button>)}
          </div>
        </header>
        {asked.error && <QueryError expr={expr} error={asked.error} retry={frames.refresh} />}
        {view === 'heatmap' && heat.error && <QueryError expr={expr} error={heat.error} retry={heat.reload} />}
        {none && !asked.error && <Nothing phrase={phrase} metric={metric} metrics={metrics} />}
        {drawn && !none && <Plot chart={chart} height={height} title={title} zoomable faint={asked.error !== null} onCursor={setIndex}>
          {single && <LineHandle chart={chart} height={height} title={title} expr={expr} />}
        </Plot>}
        {view === 'heatmap' && !none && (heat.chart ? <Plot chart={{ ...heat.chart, marks }} height={height} title={`${title}, heatmap`} zoomable faint={heat.error !== null} /> : <div style={{ height: `${height}px` }} />)}
        {view === 'number' && <BigNumbers named={named} unit={unit} />}
      </div>
      {named.length > 0 && view !== 'number' && <Legend named={named} times={frame?.times ?? []} index={index} unit={unit} line={chart.line ?? null} wide={view === 'table'} />}
    </>
  );
}
