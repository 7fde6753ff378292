import { useMemo } from 'preact/hooks';
import type { Chart } from '../../chart/model';
import { useFrames, type Frame } from '../../lib/frames';

const dayS = 86_400, weekS = 7 * dayS, backMs = 28 * 864e5;
/** Hours on either side that count too, so that four weeks are enough to say what is usual. */
const reach = 1;

const hourOf = (seconds: number, periodS: number): number => Math.floor((seconds % periodS) / 3600);

function buckets(frame: Frame, periodS: number): number[][] {
  const count = periodS / 3600, found: number[][] = Array.from({ length: count }, () => []);
  frame.series[0]!.values.forEach((value, i) => {
    if (value === null) return;
    for (let near = -reach; near <= reach; near++) found[(hourOf(frame.times[i]!, periodS) + near + count) % count]!.push(value);
  });
  return found.map((values) => values.sort((a, b) => a - b));
}

/** p5 to p95 of each hour of the week, or of the day where there is less than two weeks; null where even that says nothing. */
export function bandOf(past: Frame | undefined, times: number[]): Chart['band'] {
  const known = past?.series.length === 1 ? past.series[0]!.values.filter((value) => value !== null).length : 0;
  if (known < 72) return undefined;
  const periodS = known >= 24 * 15 ? weekS : dayS, hours = buckets(past!, periodS);
  const edge = (share: number) => (at: number): number | null => {
    const values = hours[hourOf(at, periodS)]!;
    return values.length < 3 ? null : values[Math.min(values.length - 1, Math.floor(values.length * share))]!;
  };
  return { low: times.map(edge(0.05)), high: times.map(edge(0.95)) };
}

/** What was normal for the hour, from the last four weeks. */
export function useBand(expr: string, frame: Frame | undefined): Chart['band'] {
  const range = () => ({ fromMs: Date.now() - backMs, toMs: Date.now(), sliding: false });
  const past = useFrames(frame && frame.series.length === 1 ? [{ id: `normal ${expr}`, expr: () => expr }] : [], { widthPx: backMs / 36e5, range, everyMs: 36e5 }).value.frames[`normal ${expr}`];
  return useMemo(() => (frame ? bandOf(past, frame.times) : undefined), [past, frame]);
}
