import { useWidth } from '../../lib/hooks';
import { dayName } from '../../lib/format';
import { axisTo, type Axis } from './axis';
import type { Budget } from './budget';
import type { Month } from './calendar';
import type { FanPoint, Forecast } from './forecast';
import { basis, endOf } from './forecast';
import { Frame, left, scale } from './Frame';
import { LineLink } from './LineLink';
import { about, asNumber, inCents, lineText, type Nano } from './money';

const height = 220;

interface BurnUpProps { month: Month; nowMs: number; days: Nano[]; rest: Forecast; budget: Budget | undefined; add: () => void }

/** The running sum: at the end of each day that is over, and now. */
function climb(month: Month, days: Nano[], nowMs: number): [number, number][] {
  const points: [number, number][] = [[month.fromMs, 0]];
  let sum = 0n;
  for (let i = 0; i < days.length && month.days[i]! < nowMs; i++) {
    sum += days[i]!;
    points.push([Math.min(nowMs, month.days[i + 1]!), asNumber(sum)]);
  }
  return points;
}

type Place = (point: readonly [number, number]) => string;
const path = (points: readonly (readonly [number, number])[], place: Place): string => points.map((point, i) => `${i ? 'L' : 'M'}${place(point)}`).join('');

/** Enough points for a smooth edge; an hour each would be hundreds. */
const thinned = (fan: FanPoint[]): FanPoint[] => fan.filter((_, i) => i === 0 || i === fan.length - 1 || i % 6 === 0);

function Fan({ fan, place }: { fan: FanPoint[]; place: Place }) {
  const points = thinned(fan);
  const edge = [...points.map(({ atMs, high }) => [atMs, high] as const), ...points.map(({ atMs, low }) => [atMs, low] as const).reverse()];
  return <><path class="fan" d={`${path(edge, place)}Z`} fill="url(#fan-hatch)" /><path class="fan-mid" d={path(points.map(({ atMs, mid }) => [atMs, mid] as const), place)} /></>;
}

function marksOf(month: Month, x: (ms: number) => number, width: number): { x: number; text: string }[] {
  const each = width < 420 ? 7 : 3;
  return month.days.slice(0, -1).map((at, i) => ({ x: x(at), text: String(i + 1) })).filter((_, i) => i % each === 0 && i > 0);
}

interface DrawingProps { month: Month; nowMs: number; days: Nano[]; rest: Forecast; line: number | undefined; width: number; axis: Axis }

function Drawing({ month, nowMs, days, rest, line, width, axis }: DrawingProps) {
  const x = (ms: number): number => left + ((ms - month.fromMs) / (month.toMs - month.fromMs)) * (width - left - 8);
  const y = scale(height, axis), place: Place = ([ms, value]) => `${x(ms).toFixed(1)} ${y(value).toFixed(1)}`;
  const points = climb(month, days, nowMs), [nowAt, spent] = points[points.length - 1]!;
  const area = `${path(points, place)}L${place([nowAt, line ?? 0])}L${place([month.fromMs, line ?? 0])}Z`;
  return (
    <Frame width={width} height={height} axis={axis} line={line} over={line !== undefined && spent > line} marks={marksOf(month, x, width)}>
      <defs>
        <pattern id="fan-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6" /></pattern>
        {line !== undefined && <clipPath id="above-line"><rect x={left} y={0} width={width} height={Math.max(0, y(line))} /></clipPath>}
      </defs>
      {rest.fan.length > 0 && <Fan fan={rest.fan} place={place} />}
      <path class="climb" d={path(points, place)} />
      {line !== undefined && spent > line && <g clip-path="url(#above-line)"><path class="breach" d={area} /><path class="climb over" d={path(points, place)} /></g>}
      <circle class={`climb-end${line !== undefined && spent > line ? ' over' : ''}`} cx={x(nowAt)} cy={y(spent)} r="3" />
    </Frame>
  );
}

/** The month's spend as it adds up, what it is likely to come to, and the line. */
export function BurnUp(props: BurnUpProps) {
  const { month, nowMs, days, rest, budget, add } = props, line = budget?.amount;
  const [element, width] = useWidth<HTMLDivElement>();
  const spent = days.reduce((sum, cost) => sum + cost, 0n), end = endOf(rest);
  const axis = axisTo(Math.max(asNumber(spent), end?.high ?? 0, line ?? 0));
  const range = end && rest.weeks > 1 ? `, ${about(end.low)} to ${about(end.high)}` : '';
  const said = end ? `${about(end.mid)} by ${dayName(month.toMs - 1)}${range}` : nowMs < month.toMs ? 'no forecast yet' : 'the month is over';
  return (
    <div class="card burn-up">
      <header class="wrapping"><h2>{month.name}, adding up</h2><p>{inCents(spent)} · {said}</p><span class="grow" /><LineLink budget={budget} word="monthly" add={add} /></header>
      <div ref={element} class="money-chart" role="img" aria-label={`Spend of ${month.name} adding up: ${inCents(spent)} so far; ${said}${line === undefined ? '' : `; the line is at ${lineText(line)}`}`}>
        {width > 0 && <Drawing month={month} nowMs={nowMs} days={days} rest={rest} line={line} width={width} axis={axis} />}
      </div>
      {nowMs < month.toMs && <p class="list-note mut">{basis(rest)}</p>}
    </div>
  );
}
