import { useMemo } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { ofCheck } from '../../lib/alarms';
import { useFrames, type Asked } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import { selector, unitOfExpr } from '../../lib/promql';
import type { Episode } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { useBand } from './band';
import type { Near } from './near';

const margin = 30 * 60_000;

const matches = (labels: Record<string, string>, wanted: Record<string, string>): boolean =>
  Object.entries(labels).every(([name, value]) => name === '__name__' || wanted[name] === undefined || wanted[name] === value);

export const measured = (episode: Episode): string => (ofCheck(episode) ? selector('check_duration_seconds', [{ label: 'check', op: '=', value: episode.rule_name }]) : episode.expr);

function normalAt(band: Chart['band'], times: number[], atMs: number): [number, number] | null {
  const i = times.findIndex((at) => at * 1000 >= atMs), low = band?.low[i], high = band?.high[i];
  return low != null && high != null ? [low, high] : null;
}

export interface EpisodeFrame { asked: Asked; chart: Chart; normal: [number, number] | null; box: ReturnType<typeof useWidth<HTMLDivElement>>[0]; refresh: () => void }

/** The hour of an episode, with what was normal then. */
export function useEpisodeFrame(episode: Episode, near: Near[]): EpisodeFrame {
  const [box, width] = useWidth<HTMLDivElement>();
  const range = () => ({ fromMs: episode.started_ms - margin, toMs: Math.min(Date.now(), (episode.ended_ms ?? Date.now()) + margin), sliding: false });
  const expr = measured(episode);
  const frames = useFrames([{ id: 'episode', expr: () => expr }], { widthPx: width - 90, range });
  const asked = frames.value, frame = asked.frames['episode'], band = useBand(expr, ofCheck(episode) ? undefined : frame);
  const chart: Chart = useMemo(() => {
    const series = frame?.series.find(({ labels }) => matches(labels, episode.labels)) ?? frame?.series[0];
    return {
      times: frame?.times ?? [], curves: [{ name: episode.rule_name, color: 's1', values: series?.values ?? [] }], unit: unitOfExpr(expr), shape: 'area', yTicks: 4, band,
      fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, episodes: [[episode.started_ms, episode.ended_ms ?? Date.now()]],
      marks: near.map(({ id, atMs, title, deploy }) => ({ id, atMs, untilMs: null, title, text: '', kind: deploy ? 'deploy' : 'info', source: '' })),
      line: episode.threshold == null || !episode.op ? null : { value: episode.threshold, op: episode.op, over: episode.state === 'firing' },
    };
  }, [asked, episode, band, near]);
  const normal: EpisodeFrame['normal'] = episode.normal ? [episode.normal.low, episode.normal.high] : normalAt(band, chart.times, episode.started_ms);
  return { asked, chart, normal, box, refresh: frames.refresh };
}

export function EpisodeChart({ episode, frame }: { episode: Episode; frame: EpisodeFrame }) {
  return (
    <div class={`card chart-card${frame.asked.loading ? ' loading' : ''}`} ref={frame.box}>
      <header><h2>That hour</h2></header>
      {frame.asked.error && <Trouble error={frame.asked.error} retry={frame.refresh} />}
      <Plot chart={frame.chart} height={260} title={episode.rule_name} faint={frame.asked.error !== null} />
    </div>
  );
}
