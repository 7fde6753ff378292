import { useMemo } from 'preact/hooks';
import type { Chart } from '../../chart/model';
import { lineFor, rules } from '../../lib/alarms';
import { single } from '../../lib/blocks';
import type { Before } from '../../lib/compare';
import { shiftOf } from '../../lib/compare';
import { useFrames } from '../../lib/frames';
import { useWidth } from '../../lib/hooks';
import type { Filter } from '../../lib/promql';
import { rangeNow } from '../../lib/range';
import { Panel } from '../../parts/Panel';
import { quantileOf } from './model';

/** p95 over that of the same days a week ago, whatever else is compared. */
export function WeekPanel({ filters }: { filters: Filter[] }) {
  const [box, width] = useWidth<HTMLElement>();
  const expr = quantileOf('0.95', filters), shiftMs = shiftOf('week', rangeNow());
  const frames = useFrames([{ id: 'p95', expr }, { id: 'week', expr, shiftMs }], { widthPx: width - 66 }), asked = frames.value;
  const chart: Chart = useMemo(() => ({
    times: asked.frames['p95']?.times ?? [], fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS,
    curves: [{ name: 'p95', color: 'q95', values: single(asked.frames['p95']), width: 1.75 }], unit: { kind: 'seconds' }, shape: 'line', line: lineFor(expr('5m')),
  }), [asked, filters, rules.value]);
  const before = useMemo((): Before | null => {
    const values = asked.frames['week']?.series[0]?.values;
    return values ? { name: 'last week', values } : null;
  }, [asked]);
  const known = asked.frames['week'] !== undefined;
  return (
    <section class="card" ref={box} aria-label="Latency against last week">
      <Panel title="p95 against last week" chart={chart} before={before} asked={asked} height={168} sync="endpoint" note={known && !before ? 'nothing came then' : ''} expr={expr('5m')} retry={frames.refresh} />
    </section>
  );
}
