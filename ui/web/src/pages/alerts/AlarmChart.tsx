import { useEffect, useMemo, useState } from 'preact/hooks';
import { proposal } from '../../chart/LineHandle';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { isBelow } from '../../chart/model';
import { dateTime, durationMs, format, lasting, plural } from '../../lib/format';
import { useFrames, type Frame } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { recognise, unitOfExpr } from '../../lib/promql';
import type { Range } from '../../lib/range';
import { QueryError } from '../explore/QueryError';
import { curvesOf } from '../explore/curves';
import { Dragger } from './Dragger';
import type { Draft } from './draft';
import { useExact, type Exact } from './exact';
import { Margin } from './Margin';
import { replay, type Replayed } from './replay';

/** More than pixels, so that the replay sees short peaks too. */
const points = 2500;
const spans: [string, number][] = [['1h', 36e5], ['24h', 864e5], ['7d', 6048e5], ['30d', 2592e6]];

function knownMs(frame: Frame | undefined): number {
  const first = frame?.times.findIndex((_, i) => frame.series.some(({ values }) => values[i] !== null)) ?? -1;
  return first < 0 ? 0 : (frame!.times[frame!.times.length - 1]! - frame!.times[first]!) * 1000;
}

function extreme(frame: Frame, low: boolean): number | null {
  const values = frame.series.flatMap(({ values: each }) => each).filter((value): value is number => value !== null);
  return values.length ? values.reduce((a, b) => (low ? Math.min(a, b) : Math.max(a, b))) : null;
}

function Verdict({ frame, episodes, draft, span, exact }: { frame: Frame | undefined; episodes: Replayed[]; draft: Draft; span: number; exact: Exact | null }) {
  const unit = unitOfExpr(draft.expr), name = span >= 864e5 ? `${plural(span / 864e5, 'day')}` : 'hour';
  const known = knownMs(frame);
  const hint = known > 0 && known < span * 0.5 ? <span class="mut"> Only {lasting(known)} of data yet: the replay is a hint.</span> : null;
  if (!frame?.series.length) return <>No points in the last {name}.</>;
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
            <tr key={`${startMs}-${peak}`}><td class="num">{dateTime(startMs)}{endMs >= toMs - 60_000 && <span class="tag bad">now</span>}</td><td class="num">{lasting(endMs - startMs)}</td><td class="num">{format(peak, unit)}</td>
              <td><span class="bar red" aria-hidden="true"><i style={{ width: `${Math.min(100, over * 150)}%` }} /></span><span class="num mut share">{Math.round(over * 100)} %</span></td></tr>
          );
        })}</tbody>
      </table>
      {episodes.length > 8 && <p class="list-note mut">and {episodes.length - 8} more</p>}
    </div>
  );
}

/** The last days with the line to drag, and what it would have done. */
export function AlarmChart({ id, draft, change, suggest }: { id: string | null; draft: Draft; change: (part: Partial<Draft>) => void; suggest: (part: Partial<Draft>) => void }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [span, setSpan] = useState<number>(6048e5);
  const range = (): Range => ({ fromMs: Date.now() - span, toMs: Date.now(), sliding: true });
  const height = width > 560 ? 420 : 300;
  const frames = useFrames([{ id: `${draft.expr}@${span}`, expr: () => draft.expr }], { widthPx: width > 0 ? points : 0, leastStepS: 5, range, everyMs: 30_000 });
  const asked = frames.value, frame = asked.frames[`${draft.expr}@${span}`];
  const unit = unitOfExpr(draft.expr), threshold = draft.threshold ?? Infinity;
  const episodes = useMemo(() => (frame ? replay(frame, draft.op, threshold, durationMs(draft.for)) : []), [frame, draft.op, threshold, draft.for]);
  const exact = useExact(id, draft, span);
  const curves = useMemo(() => curvesOf(frame, recognise(draft.expr), null).curves, [frame]);
  const chart: Chart = useMemo(() => ({
    times: frame?.times ?? [], curves, unit, shape: 'line', yTicks: 4, fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS,
    episodes: episodes.map(({ startMs, endMs }): [number, number] => [startMs, endMs]), ...(unit.kind === 'ratio' ? { cap: 1 } : {}),
    line: draft.threshold === null ? null : { value: draft.threshold, op: draft.op, over: episodes.length > 0 },
  }), [frame, curves, episodes, draft.threshold, draft.op]);
  useEffect(() => {
    if (draft.threshold !== null || !frame?.series.length) return;
    const value = proposal(chart);
    suggest({ threshold: value ?? 1 });
  }, [frame, draft.threshold]);
  return (
    <div class="editor-main">
      <div class={`card chart-card${asked.loading ? ' loading' : ''}`}>
        <header>
          <p class="verdict" role="status"><Verdict frame={frame} episodes={episodes} draft={draft} span={span} exact={exact} /></p><span class="grow" />
          <div class="segments" role="group" aria-label="How far back">{spans.map(([name, length]) => <button type="button" key={name} aria-pressed={span === length} onClick={() => setSpan(length)}>{name}</button>)}</div>
        </header>
        {asked.error && <QueryError expr={draft.expr} error={asked.error} retry={frames.refresh} />}
        <div class="editor-row" ref={box}>
          <Plot chart={chart} height={height} title={draft.name || 'The alarm'} faint={asked.error !== null}>
            {chart.line && <Dragger chart={chart} height={height} change={(threshold) => change({ threshold })} spoken={`${format(draft.threshold, unit)}, would have fired ${plural(episodes.length, 'time')}`} />}
          </Plot>
          <Margin chart={chart} frame={frame} draft={draft} span={span} height={height} />
        </div>
        <p class="editor-foot"><span class="not-phone">Drag the line, or press <kbd>↑</kbd> <kbd>↓</kbd>. Hold <kbd>⇧</kbd> for ten times the step.</span><span class="grow" /><span class="num">a point every {lasting(asked.stepS * 1000)}</span></p>
      </div>
      <WouldHave episodes={episodes} draft={draft} toMs={asked.range.toMs} />
    </div>
  );
}
