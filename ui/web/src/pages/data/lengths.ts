import { durationMs } from '../../lib/format';

export type Kept = 'raw' | 'hourly' | 'daily';
export type Retention = Record<Kept, string>;

const dayMs = 864e5, yearDays = 365;
/** What the sliders step through. */
export const stops = ['1d', '3d', '7d', '14d', '20d', '35d', '60d', '90d', '180d', '1y', '2y', '3y', '5y', '10y', '20y'];

/** "35d" or "2y" in days; null where it is no such length. */
export function daysOf(text: string): number | null {
  const years = /^(\d+(?:\.\d+)?)y$/.exec(text.trim());
  if (years) return Number(years[1]) * yearDays;
  const ms = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text.trim()) ? durationMs(text.trim()) : 0;
  return ms > 0 ? ms / dayMs : null;
}

/** The stop of a slider that is nearest to a length. */
export function stopOf(text: string): number {
  const wanted = daysOf(text) ?? 0;
  let best = 0;
  stops.forEach((stop, i) => { if (Math.abs(daysOf(stop)! - wanted) < Math.abs(daysOf(stops[best]!)! - wanted)) best = i; });
  return best;
}

export const lengthWords = (text: string): string => {
  const days = daysOf(text);
  if (days === null) return text;
  if (days >= yearDays && days % yearDays === 0) return `${days / yearDays} ${days === yearDays ? 'year' : 'years'}`;
  return `${Math.round(days * 10) / 10} ${days === 1 ? 'day' : 'days'}`;
};

/** Bytes that a figure of an hour or a day takes in its chunk, from what such chunks came to. */
const rolledBytes = 24;

/** About how much a retention takes once it is full: samples as they come now, and one figure of each series an hour and a day. */
export function bytesOf(retention: Retention, rawPerDay: number, series: number): number {
  const days = (kept: Kept): number => daysOf(retention[kept]) ?? 0;
  return days('raw') * rawPerDay + days('hourly') * 24 * series * rolledBytes + days('daily') * series * rolledBytes;
}
