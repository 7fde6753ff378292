import { useState } from 'preact/hooks';
import { colorsFor, restColor } from '../../chart/colors';
import { dayName } from '../../lib/format';
import { useWidth } from '../../lib/hooks';
import { setSearch } from '../../lib/router';
import { axisTo } from './axis';
import type { Month } from './calendar';
import type { Split } from './figures';
import { wallOf } from '../../lib/zone';
import type { Budget } from './budget';
import { LineLink } from './LineLink';
import { Frame, foot, left, scale } from './Frame';
import { Amount, widest } from './Amount';
import { asNumber, exact, inCents, sumOf, type Nano } from './money';

const height = 220;

interface DayBarsProps {
  month: Month;
  nowMs: number;
  splits: Split[];
  label: string;
  labels: string[];
  budget: Budget | undefined;
  add: () => void;
}

const colours = (splits: Split[]): string[] => {
  const named = splits.length > 7 && / others$/.test(splits[7]!.name) ? splits.slice(0, 7) : splits;
  const found = colorsFor(named.map(({ name }) => name));
  return splits.map((_, i) => `var(--${found[i] ?? restColor})`);
};

function Legend({ splits, fills, day }: { splits: Split[]; fills: string[]; day: number | null }) {
  const sums = splits.map(({ days, sum }) => (day === null ? sum : days[day]!)), all = sumOf(sums), width = widest([...sums, all]);
  return (
    <ul class="split-list">
      {splits.map(({ name }, i) => <li key={name}><i class="swatch" style={{ background: fills[i] }} aria-hidden="true" /><span class="cut-line mono">{name}</span><span class="num"><Amount amount={sums[i]!} width={width} /></span></li>)}
      <li class="sum"><span class="cut-line">All</span><span class="num"><Amount amount={all} width={width} /></span></li>
    </ul>
  );
}

function Columns({ splits, fills, width, axis, day, today }: { splits: Split[]; fills: string[]; width: number; axis: ReturnType<typeof axisTo>; day: number | null; today: number }) {
  const count = splits[0]?.days.length ?? 0, step = (width - left) / Math.max(1, count), bar = Math.max(2, step * 0.72);
  const y = scale(height, axis);
  return <>{Array.from({ length: count }, (_, at) => {
    let below = 0;
    return (
      <g key={at} class={`column-of-day${at === today ? ' today' : ''}${day !== null && day !== at ? ' aside' : ''}`}>
        {splits.map(({ name, days }, i) => {
          const cost = asNumber(days[at]!), from = below;
          if (cost <= 0) return null;
          below += cost;
          return <rect key={name} x={left + at * step + (step - bar) / 2} width={bar} y={y(below)} height={Math.max(0.5, y(from) - y(below))} style={{ fill: fills[i] }} />;
        })}
      </g>
    );
  })}</>;
}

function DayTable({ splits, month }: { splits: Split[]; month: Month }) {
  const days = month.days.slice(0, -1).map((at, i) => ({ at, i })).filter(({ i }) => splits.some(({ days: costs }) => costs[i] !== 0n));
  const sums = month.days.map((_, i) => sumOf(splits.map(({ days: costs }) => costs[i] ?? 0n))), widths = splits.map(({ days: costs }) => widest(costs)), width = widest(sums);
  return (
    <details class="as-table"><summary>Show as table</summary>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Spend by day, as a table"><table class="table"><thead><tr><th scope="col">Day</th>{splits.map(({ name }) => <th key={name} scope="col" class="right">{name}</th>)}<th scope="col" class="right">All</th></tr></thead>
        <tbody>{days.map(({ at, i }) => <tr key={at}><td>{dayName(at)}</td>{splits.map(({ name, days: costs }, split) => <td key={name} class="right num"><Amount amount={costs[i]!} width={widths[split]!} /></td>)}<td class="right num"><Amount amount={sums[i]!} width={width} /></td></tr>)}</tbody></table></div>
    </details>
  );
}

/** What each day cost, stacked by provider, model or a label. */
export function DayBars({ month, nowMs, splits, label, labels, budget, add }: DayBarsProps) {
  const line = budget?.amount;
  const [element, width] = useWidth<HTMLDivElement>();
  const [day, setDay] = useState<number | null>(null);
  const starts = month.days.slice(0, -1), totals: Nano[] = starts.map((_, i) => sumOf(splits.map(({ days }) => days[i]!)));
  const today = starts.findIndex((at, i) => nowMs >= at && nowMs < month.days[i + 1]!), last = today < 0 ? starts.length - 1 : today;
  const axis = axisTo(Math.max(line ?? 0, ...totals.map(asNumber))), fills = colours(splits), step = (width - left) / starts.length;
  const dearest = totals.reduce((best, cost, i) => (cost > totals[best]! ? i : best), 0);
  const step2 = (by: number): void => setDay((at) => Math.min(last, Math.max(0, (at ?? last + (by < 0 ? 1 : -1)) + by)));
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') { event.preventDefault(); step2((event.key === 'ArrowLeft' ? -1 : 1) * (event.shiftKey ? 10 : 1)); }
  };
  const at = (event: PointerEvent): void => {
    const x = event.clientX - element.current!.getBoundingClientRect().left - left;
    setDay(x < 0 ? null : Math.min(last, Math.floor(x / step)));
  };
  return (
    <div class="card day-bars">
      <header class="wrapping"><h2>Spend by day</h2><p>{day === null ? `by ${label}` : `${dayName(starts[day]!)}: ${exact(totals[day]!)}`}</p><span class="grow" /><LineLink budget={budget} word="daily" add={add} />
        <span class="inline-field"><select class="pill" aria-label="Split by" value={label} onChange={(event) => setSearch({ split: event.currentTarget.value })}>{labels.map((name) => <option key={name} value={name}>by {name}</option>)}</select></span></header>
      <div class="split-body">
        <div ref={element} class="money-chart" role="img" tabIndex={0} aria-label={`Spend by day in ${month.name}: ${inCents(sumOf(totals))} in all, most on ${dayName(starts[dearest]!)} with ${inCents(totals[dearest]!)}`}
          onKeyDown={pressed} onBlur={() => setDay(null)} onPointerMove={at} onPointerLeave={() => setDay(null)}>
          {width > 0 && <Frame width={width} height={height} axis={axis} line={line} over={line !== undefined && totals.some((cost) => asNumber(cost) > line)} marks={starts.map((start, i) => ({ x: left + (i + 0.5) * step, text: String(wallOf(start).day) })).filter((_, i) => i % Math.ceil(22 / Math.max(1, step)) === 0)}>
            {day !== null && <rect class="day-hover" x={left + day * step} width={step} y={0} height={height - foot} />}
            <Columns splits={splits} fills={fills} width={width} axis={axis} day={day} today={today} />
          </Frame>}
        </div>
        <Legend splits={splits} fills={fills} day={day} />
      </div>
      <DayTable splits={splits} month={month} />
    </div>
  );
}
