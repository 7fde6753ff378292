import { momentOf, startOfDay, startOfMonth, wallOf } from '../../lib/zone';

/** A month of the zone that the page shows. */
export interface Month {
  /** "2026-11". */
  key: string;
  name: string;
  fromMs: number;
  toMs: number;
  /** The first moment of each day, and of the day after the last. */
  days: number[];
}

const two = (value: number): string => String(value).padStart(2, '0');
const names = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

const keyOf = (ms: number): string => { const { year, month } = wallOf(ms); return `${year}-${two(month)}`; };

/** The month of "2026-11", or the one that it is now. */
export function monthOf(key: string | null, nowMs: number): Month {
  const found = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(key ?? ''), now = wallOf(nowMs);
  const year = found ? Number(found[1]) : now.year, month = found ? Number(found[2]) : now.month;
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const days = Array.from({ length: count + 1 }, (_, i) => momentOf(year, month, i + 1));
  return { key: `${year}-${two(month)}`, name: `${names[month - 1]} ${year}`, fromMs: days[0]!, toMs: days[count]!, days };
}

/** The key of the month so many before or after. */
export const stepMonth = (month: Month, by: number): string => keyOf(startOfMonth(month.days[10]!, by));

export const midnightOf = (ms: number): number => startOfDay(ms);
export const nextMidnight = (ms: number): number => startOfDay(ms, 1);

/** The day of UTC on which a moment lies, as a date. Prices hold from midnight UTC on. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
