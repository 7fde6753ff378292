import { useEffect, useMemo, useState } from 'preact/hooks';
import { proposal } from '../../chart/LineHandle';
import { Plot } from '../../chart/Plot';
import type { Chart, Mark } from '../../chart/model';
import { isBelow } from '../../chart/model';
import { extent } from '../../chart/scale';
import { durationMs, format, lasting, plural, type Unit } from '../../lib/format';
import { useFrames, type Frame } from '../../lib/frames';
import { useLoad, useWidth } from '../../lib/hooks';
import { marksIn } from '../../lib/marks';
import { recognise, unitOfExpr } from '../../lib/promql';
import type { Range } from '../../lib/range';
import { QueryError } from '../explore/QueryError';
import { curvesOf } from '../explore/curves';
import { Dragger } from './Dragger';
import type { Draft } from './draft';
import { useBand } from './band';
import { useExact, type Exact } from './exact';
import { paceOf, roughly, useKept, useKnown, type Pace } from './known';
import { Margin } from './Margin';
import { replay, type Replayed } from './replay';
import { Time } from '../../parts/Time';

/** More than pixels, so that the replay sees short peaks too. */
const points = 2500;
const noMarks: Mark[] = [];
const spans: [string, number][] = [['1h', 36e5], ['24h', 864e5], ['7d', 6048e5], ['30d', 2592e6]];

/** Air above the line, so that what is written there has room; a ratio ends at 1, unless the line lies there. */
function bounds(curves: Chart['curves'], unit: Unit, threshold: number | null): Pick<Chart, 'cap' | 'ceiling'> {
  const line = threshold ?? 0;
  if (unit.kind === 'ratio') return { cap: line > 0.92 && line <= 1 ? 1.12 : 1 };
  const highest = curves.reduce((top, { values }) => values.reduce<number>((most, value) => (value !== null && value > most ? value : most), top), 0);
  return line > 0 && line > highest * 0.9 ? { ceiling: Math.max(line * 1.14, highest * 1.06) } : {};
}

/** Where the line begins when there are too few points to say what is usual. */
function firstHeight(chart: Chart): number {
  const high = extent(chart)?.[1] ?? 0, cap = chart.cap ?? Infinity;
  if (high > 0) return Number(Math.min(high * 1.5, cap * 0.95).toPrecision(2));
  return chart.unit.kind === 'ratio' ? 0.9 : chart.unit.kind === 'percent' ? 90 : 1;
}

function extreme(frame: Frame, low: boolean): number | null {
  const values = frame.series.flatMap(({ values: each }) => each).filter((value): value is number => value !== null);
  return values.length ? values.reduce((a, b) => (low ? Math.min(a, b) : Math.max(a, b))) : null;
}

interface VerdictProps { frame: Frame | undefined; episodes: Replayed[]; draft: Draft; span: number; known: number; exact: Exact | null }

function Verdict({ frame, episodes, draft, span, known, exact }: VerdictProps) {
  const unit = unitOfExpr(draft.expr), name = span >= 864e5 ? `${plural(span / 864e5, 'day')}` : 'hour';
  const hint = known > 0 && known < span * 0.5 ? <span class="mut"> Only {roughly(known)} of data yet: the replay is a hint.</span> : null;
  if (!frame) return <>&nbsp;</>;
  if (!frame.series.length) return <>No points in the last {name}.</>;
  if (exact && exact.episodes_total > 0)
    return <>Would have fired <b>{plural(exact.episodes_total, 'time')}</b>, <b>{lasting(exact.total_seconds * 1000)}</b> in all, in the last {name}.{exact.approximate && <span class="mut"> In part from hourly figures.</span>}{exact.noise ? <span class="warn-text"> {exact.noise.text}</span> : hint}</>;
  if (exact ? exact.episodes_total === 0 : episodes.length === 0) {
    const edge = extreme(frame, isBelow(draft.op));
    return <>Would not have fired. The {isBelow(draft.op) ? 'lowest' : 'highest'} was <b class="num">{format(edge, unit)}</b>.{hint}</>;
  }
  const total = episodes.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
  return <>Would have fired <b>{plural(episodes.length, 'time')}</b>, <b>{lasting(total)}</b> in all, in the last {name}.{hint}</>;
}

function WouldHave({ episodes, draft, toMs }: { episodes: Replayed[]; draft: Draft; toMs: number }) {
  const unit = unitOfExpr(draft.expr);
  if (episodes.length === 0) return null;
  return (
    <div class="card">
      <header><h2>What you would have got</h2><p>replayed on what is drawn</p></header>
      <table class="table">
        <thead><tr><th scope="col">Began</th><th scope="col">Lasted</th><th scope="col">Peak</th><th scope="col">Over by</th></tr></thead>
        <tbody>{episodes.slice(0, 8).map(({ startMs, endMs, peak }) => {
          const over = draft.threshold ? Math.abs(peak / draft.threshold - 1) : 0;
          return (
            <tr key={`${startMs}-${peak}`}><td><Time ms={startMs} />{endMs >= toMs - 60_000 && <span class="tag bad">now</span>}</td><td class="num">{lasting(endMs - startMs)}</td><td class="num">{format(peak, unit)}</td>
              <td><span class="bar red" aria-hidden="true"><i style={{ width: `${Math.min(100, over * 150)}%` }} /></span><span class="num mut share">{Math.round(over * 100)} %</span></td></tr>
          );
        })}</tbody>
      </table>
      {episodes.length > 8 && <p class="list-note mut">and {episodes.length - 8} more</p>}
    </div>
  );
}

/** What others on the page need of the chart. */
export interface Drawn {
  frame: Frame | null;
  /** How what fires in it is counted. */
  pace: Pace;
  /** What is normal at this hour of the week, where that is known. */
  normal: [number, number] | null;
  /** The last deploy within the hour. */
  deploy: Mark | null;
}

const hourMs = 36e5;

function normalNow(band: Chart['band']): [number, number] | null {
  const low = band?.low[band.low.length - 1], high = band?.high[band.high.length - 1];
  return low != null && high != null ? [low, high] : null;
}

interface ChartProps {
  id: string | null;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  suggest: (part: Partial<Draft>) => void;
  /** Told what is drawn, and what a message would say beside the value. */
  drawn: (drawn: Drawn) => void;
}

/** The last days with the line to drag, and what it would have done. */
export function AlarmChart({ id, draft, change, suggest, drawn }: ChartProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [span, setSpan] = useState<number>(6048e5);
  const known = useKnown(`${draft.expr}@${span}`, span), pace = useMemo(() => paceOf(known.knownMs), [roughly(known.knownMs)]);
  const range = (): Range => ({ fromMs: Date.now() - known.windowMs, toMs: Date.now(), sliding: true });
  const height = width > 560 ? 420 : 300;
  const ask = `${draft.expr}@${known.windowMs}`;
  const frames = useFrames([{ id: ask, expr: () => draft.expr }], { widthPx: width > 0 ? points : 0, leastStepS: 5, range, everyMs: 30_000 });
  const asked = frames.value, frame = useKept(draft.expr, asked.frames[ask]);
  const marks = useLoad(() => marksIn(range()), 30_000, String(known.windowMs)).data ?? noMarks;
  useEffect(() => known.look(asked.frames[ask]), [asked.frames[ask]]);
  const unit = unitOfExpr(draft.expr), threshold = draft.threshold ?? Infinity;
  const episodes = useMemo(() => (frame ? replay(frame, draft.op, threshold, durationMs(draft.for)) : []), [frame, draft.op, threshold, draft.for]);
  const exact = useExact(id, draft, span);
  const band = useBand(draft.expr, frame);
  useEffect(() => drawn({ frame: frame ?? null, pace, normal: normalNow(band), deploy: [...marks].reverse().find(({ kind, atMs }) => kind === 'deploy' && atMs > Date.now() - hourMs) ?? null }), [frame, pace, band, marks]);
  const curves = useMemo(() => curvesOf(frame, recognise(draft.expr), []).curves, [frame]);
  const chart: Chart = useMemo(() => ({
    times: frame?.times ?? [], curves, unit, shape: 'line', yTicks: 5, fromMs: Math.max(asked.range.fromMs, asked.range.toMs - known.windowMs), toMs: asked.range.toMs, stepS: asked.stepS, band, marks,
    episodes: episodes.map(({ startMs, endMs }): [number, number] => [startMs, endMs]), ...bounds(curves, unit, draft.threshold),
    line: draft.threshold === null ? null : { value: draft.threshold, op: draft.op, over: episodes.length > 0 },
  }), [frame, curves, episodes, draft.threshold, draft.op, band, marks, known.windowMs]);
  useEffect(() => {
    if (draft.threshold !== null || !frame?.series.length) return;
    suggest({ threshold: proposal(chart) ?? firstHeight(chart) });
  }, [frame, draft.threshold]);
  return (
    <div class="editor-main">
      <div class={`card chart-card${asked.loading ? ' loading' : ''}`}>
        <header>
          <p class="verdict" role="status"><Verdict frame={frame} episodes={episodes} draft={draft} span={span} known={known.knownMs} exact={exact} /></p>
          <div class="segments" role="group" aria-label="How far back">{spans.map(([name, length]) => <button type="button" key={name} aria-pressed={span === length} onClick={() => setSpan(length)}>{name}</button>)}</div>
        </header>
        {asked.error && <QueryError expr={draft.expr} error={asked.error} retry={frames.refresh} />}
        <div class="editor-row" ref={box}>
          <Plot chart={chart} height={height} title={draft.name || 'The alarm'} faint={asked.error !== null}>
            {chart.line && <Dragger chart={chart} height={height} change={(threshold) => change({ threshold })} spoken={`${format(draft.threshold, unit)}, would have fired ${plural(episodes.length, 'time')}`} />}
          </Plot>
          <Margin chart={chart} frame={frame} draft={draft} pace={pace} height={height} />
        </div>
        <p class="editor-foot">{band && <span class="legend-band"><i aria-hidden="true" />normal for the hour</span>}<span class="not-phone">Drag the line, or press <kbd>↑</kbd> <kbd>↓</kbd>. Hold <kbd>⇧</kbd> for ten times the step.</span><span class="grow" /><span class="num">a point every {lasting(asked.stepS * 1000)}</span></p>
      </div>
      <WouldHave episodes={episodes} draft={draft} toMs={asked.range.toMs} />
    </div>
  );
}
