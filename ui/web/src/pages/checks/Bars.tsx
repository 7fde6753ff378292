import { dayName, lasting } from '../../lib/format';
import type { Day } from './history';

const kind = ({ up, downMs }: Day): string => (up === null ? 'none' : downMs <= 0 ? 'up' : downMs > 36e5 ? 'down' : 'part');

function title(day: Day): string {
  const name = dayName(day.startMs), aside = day.maintenance ? ', with maintenance' : '';
  if (day.up === null) return `${name}: ${day.maintenance ? 'maintenance' : 'nobody looked'}`;
  return day.downMs > 0 ? `${name}: down ${lasting(day.downMs)}${aside}` : `${name}: up${aside}`;
}

/** A phone has room for half of them. */
const shownOf = (days: Day[]): Day[] => (window.innerWidth <= 760 ? days.slice(-45) : days);

/** A bar a day, which differ in height as well as in colour. */
export function Bars({ days: all, name }: { days: Day[]; name: string }) {
  const days = shownOf(all);
  const troubled = days.filter(({ up, downMs }) => up !== null && downMs > 0).length;
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
