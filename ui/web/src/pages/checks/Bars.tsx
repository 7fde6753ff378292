import { dayName, lasting } from '../../lib/format';
import type { Day } from './history';

const dayMs = 864e5;
const kind = ({ up }: Day): string => (up === null ? 'none' : up >= 0.9999 ? 'up' : (1 - up) * dayMs > 36e5 ? 'down' : 'part');

function title(day: Day): string {
  const name = dayName(day.startMs);
  if (day.up === null) return `${name}: nobody looked`;
  return day.up >= 0.9999 ? `${name}: up` : `${name}: down ${lasting((1 - day.up) * dayMs)}`;
}

/** A bar a day, which differ in height as well as in colour. */
export function Bars({ days, name }: { days: Day[]; name: string }) {
  const troubled = days.filter(({ up }) => up !== null && up < 0.9999).length;
  const width = 100 / Math.max(1, days.length);
  return (
    <svg class="bars" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={`${name}: trouble on ${troubled} of ${days.filter(({ up }) => up !== null).length} days`}>
      {days.map((day, i) => {
        const height = { up: 16, part: 20, down: 24, none: 4 }[kind(day)] ?? 4;
        return <rect key={day.startMs} class={kind(day)} x={i * width + width * 0.12} width={width * 0.76} y={24 - height} height={height}><title>{title(day)}</title></rect>;
      })}
    </svg>
  );
}
