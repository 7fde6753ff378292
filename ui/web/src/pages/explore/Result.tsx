import { useEffect, useMemo, useState } from 'preact/hooks';
import { LineHandle } from '../../chart/LineHandle';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { lineFor, lineForMetric, rules } from '../../lib/alarms';
import { lastValue } from '../../lib/blocks';
import { ago, lasting, quantity } from '../../lib/format';
import { useDeploys, useFrames } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { listen } from '../../lib/live';
import { bucketed, build, fnLabel, unitOfExpr, type Phrase } from '../../lib/promql';
import { search, setSearch } from '../../lib/router';
import type { Metric } from '../../lib/types';
import { curvesOf, type Named } from './curves';
import { Legend } from './Legend';
import { QueryError } from './QueryError';

type View = 'line' | 'area' | 'bars' | 'table' | 'number';
const views: [View, string][] = [['line', 'Line'], ['area', 'Area'], ['bars', 'Bars'], ['table', 'Table'], ['number', 'Number']];

interface ResultProps { expr: string; phrase: Phrase | null; metric: Metric | undefined; deployed: boolean }

function usualView(phrase: Phrase | null, count: number): View {
  if (count > 1) return 'line';
  return phrase && bucketed(phrase.fn) ? 'bars' : 'area';
}

function titleOf(phrase: Phrase | null): string {
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

/** The answer: chart, table or number, with the legend that reads the crosshair. */
export function Result({ expr, phrase, metric, deployed }: ResultProps) {
  const [card, width] = useWidth<HTMLDivElement>();
  const [index, setIndex] = useState<number | null>(null);
  const isBucketed = phrase !== null && bucketed(phrase.fn);
  const frames = useFrames([{ id: expr, bucketed: isBucketed, expr: (window) => (phrase ? build(phrase, window) : expr) }],
    { widthPx: (isBucketed ? width / 8 : width - 90), ...(isBucketed ? { leastStepS: 10 } : {}) });
  const asked = frames.value, frame = asked.frames[expr];
  const unit = useMemo(() => unitOfExpr(expr, metric?.unit), [expr, metric?.unit]);
  const deploys = useDeploys(deployed, width - 90);
  const only = search.value.get('only');
  const { named, curves } = useMemo(() => curvesOf(frame, phrase, only), [frame, phrase, only]);
  const offered = curves.length > 1 ? views.filter(([name]) => name !== 'area' && name !== 'bars') : views;
  const wanted = search.value.get('view');
  const view = offered.find(([name]) => name === wanted)?.[0] ?? usualView(phrase, curves.length);
  const chart: Chart = useMemo(() => ({
    times: frame?.times ?? [], curves, unit, fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, yTicks: 4,
    shape: view === 'bars' && curves.length === 1 ? 'bars' : view === 'area' && curves.length === 1 ? 'area' : 'line', deploys, endLabels: curves.length > 1 && curves.length <= 6,
    line: lineFor(expr) ?? (phrase?.fn === 'last' ? lineForMetric(phrase.metric, Object.fromEntries(phrase.filters.map(({ label, value }) => [label, value]))) : null),
    ...(unit.kind === 'ratio' ? { cap: 1 } : {}),
  }), [frame, curves, unit, view, deploys, rules.value]);
  useEffect(() => {
    let soon: number | undefined;
    const stop = listen('sample', ({ name }) => {
      if (name === phrase?.metric && soon === undefined) soon = window.setTimeout(() => { soon = undefined; frames.refresh(); }, 700);
    });
    return () => { stop(); window.clearTimeout(soon); };
  }, [phrase?.metric]);
  const none = frame && named.length === 0 && !asked.loading;
  const drawn = view === 'line' || view === 'area' || view === 'bars';
  return (
    <>
      <div class={`card chart-card${asked.loading ? ' loading' : ''}`} ref={card}>
        <header>
          <h2>{titleOf(phrase)}</h2>{drawn && <p class="not-phone">drag to zoom</p>}<span class="grow" />
          <a class="btn small only-phone" href={`/alerts/new?${new URLSearchParams({ expr })}`}>Set alarm</a>
          {frame && <span class="read num">a point every {lasting(asked.stepS * 1000)} · {Math.round(asked.tookMs)} ms</span>}
          <div class="segments" role="group" aria-label="View">
            {offered.map(([name, text]) => <button type="button" key={name} aria-pressed={frame !== undefined && view === name} onClick={() => setSearch({ view: name })}>{text}</button>)}
          </div>
        </header>
        {asked.error && <QueryError expr={expr} error={asked.error} retry={frames.refresh} />}
        {none && !asked.error && <p class="empty">No points in this range.{metric && metric.last_ms > 0 && <> <span class="mono">{metric.name}</span> last reported {ago(metric.last_ms)}. <a class="link" href={lastSeenLink(metric)}>Go there</a></>}</p>}
        {drawn && !none && <Plot chart={chart} height={width > 700 ? 396 : 280} title={titleOf(phrase)} zoomable faint={asked.error !== null} onCursor={setIndex}>
          <LineHandle chart={chart} height={width > 700 ? 396 : 280} title={titleOf(phrase)} expr={expr} />
        </Plot>}
        {view === 'number' && <BigNumbers named={named} unit={unit} />}
      </div>
      {named.length > 0 && view !== 'number' && <Legend named={named} times={frame?.times ?? []} index={index} unit={unit} line={chart.line ?? null} wide={view === 'table'} />}
    </>
  );
}

function lastSeenLink(metric: Metric): string {
  const target = new URL(window.location.href);
  target.searchParams.delete('range');
  target.searchParams.set('from', String(metric.last_ms - 30 * 60_000));
  target.searchParams.set('to', String(metric.last_ms + 30 * 60_000));
  return target.pathname + target.search;
}

