import { useMemo } from 'preact/hooks';
import { placeOf } from '../../chart/LineHandle';
import type { Chart } from '../../chart/model';
import { yScale } from '../../chart/scale';
import { durationMs } from '../../lib/format';
import type { Frame } from '../../lib/frames';
import type { Draft } from './draft';
import type { Pace } from './known';
import { replay } from './replay';

const rows = 40, width = 112, barRoom = 78;
/** Down to where the title has the room to itself. */
const titleRoom = 24;

interface MarginProps { chart: Chart; frame: Frame | undefined; draft: Draft; pace: Pace; height: number }

/** How often it would have fired for every height of the line, so that the quiet place is seen before it is searched. */
export function Margin({ chart, frame, draft, pace, height }: MarginProps) {
  const { low, high } = yScale(chart);
  const forMs = durationMs(draft.for);
  const bars = useMemo(() => {
    if (!frame?.series.length) return [];
    return Array.from({ length: rows }, (_, i) => low + ((high - low) * (i + 0.5)) / rows)
      .map((value) => ({ value, count: pace.shown(replay(frame, draft.op, value, forMs).length / pace.weeks) }));
  }, [frame, draft.op, forMs, low, high, pace]);
  if (bars.length === 0 || !chart.line) return null;
  const now = replay(frame!, draft.op, chart.line.value, forMs).length / pace.weeks;
  const most = Math.min(14, Math.max(4, ...bars.map(({ count }) => count)));
  const wide = (count: number): number => (count === 0 ? 1 : Math.max(4, (Math.min(count, most) / most) * barRoom));
  const y = placeOf(chart, height, chart.line.value), said = pace.said(now);
  const nowY = y - 6 < titleRoom ? y + 15 : y - 6;
  return (
    <div class="margin">
      <svg width={width} height={height} role="img" aria-label={`Alarms at this height: ${said}`}>
        <text class="margin-title" x="0" y="8">{pace.title}</text>
        {bars.map(({ value, count }) => <rect key={value} x="0" y={placeOf(chart, height, value) - 3} width={wide(count)} height="6" rx="1.5" class={count === 0 ? 'none' : ''} />)}
        <path class={now > 0 ? 'over' : ''} d={`M-9 ${Math.round(y) + 0.5}h${width}`} />
        <text class={`margin-now${now > 0 ? ' over' : ''}`} x={Math.min(barRoom - 20, wide(pace.shown(now)) + 6)} y={nowY}>{said}</text>
      </svg>
    </div>
  );
}
