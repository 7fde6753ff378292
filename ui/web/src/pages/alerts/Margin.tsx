import { useMemo } from 'preact/hooks';
import { placeOf } from '../../chart/LineHandle';
import type { Chart } from '../../chart/model';
import { yScale } from '../../chart/scale';
import { durationMs } from '../../lib/format';
import type { Frame } from '../../lib/frames';
import type { Draft } from './draft';
import { replay } from './replay';

const rows = 40, width = 112, barRoom = 78;

interface MarginProps { chart: Chart; frame: Frame | undefined; draft: Draft; span: number; height: number }

/** Alarms a week for every height of the line, so that the quiet place is seen before it is searched. */
export function Margin({ chart, frame, draft, span, height }: MarginProps) {
  const { low, high } = yScale(chart);
  const forMs = durationMs(draft.for);
  const weeks = span / 6048e5;
  const bars = useMemo(() => {
    if (!frame?.series.length) return [];
    return Array.from({ length: rows }, (_, i) => low + ((high - low) * (i + 0.5)) / rows)
      .map((value) => ({ value, weekly: replay(frame, draft.op, value, forMs).length / weeks }));
  }, [frame, draft.op, forMs, low, high]);
  if (bars.length === 0 || !chart.line) return null;
  const now = replay(frame!, draft.op, chart.line.value, forMs).length / weeks;
  const most = Math.min(14, Math.max(4, ...bars.map(({ weekly }) => weekly)));
  const wide = (weekly: number): number => (weekly === 0 ? 1 : Math.max(4, (Math.min(weekly, most) / most) * barRoom));
  const y = placeOf(chart, height, chart.line.value);
  const said = now === 0 ? 'none' : `${now < 10 ? Math.round(now * 10) / 10 : Math.round(now)} a week`;
  return (
    <div class="margin">
      <svg width={width} height={height} role="img" aria-label={`Alarms a week at this height: ${said}`}>
        <text class="margin-title" x="0" y="8">alarms a week</text>
        {bars.map(({ value, weekly }) => <rect key={value} x="0" y={placeOf(chart, height, value) - 3} width={wide(weekly)} height="6" rx="1.5" class={weekly === 0 ? 'none' : ''} />)}
        <path class={now > 0 ? 'over' : ''} d={`M-9 ${Math.round(y) + 0.5}h${width}`} />
        <text class={`margin-now${now > 0 ? ' over' : ''}`} x={Math.min(barRoom - 20, wide(now) + 6)} y={y - 6}>{said}</text>
      </svg>
    </div>
  );
}
