import { signal } from '@preact/signals';
import { paint, recall, remember } from './prefs';

/** What a clock on the wall shows; `month` is 1 to 12, `weekday` 0 for Sunday. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
}

/** Whose clock the page shows: that of the browser, or a named zone. */
export const zone = signal<string>(recall('zone') ?? 'browser');

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
export const zoneName = (): string => (zone.value === 'browser' ? browserZone() : zone.value);

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function setZone(name: string): void {
  if (name !== 'browser' && !isZone(name)) return;
  zone.value = name;
  remember('zone', name === 'browser' ? null : name);
  paint.value++;
}

/** Offsets change at quarters of an hour at the earliest, so one answer serves for each. */
const quarterMs = 900_000, mostKept = 20_000;
const offsets = new Map<number, number>();
let formatter: Intl.DateTimeFormat | null = null, formatterZone = '';

function askOffset(ms: number, name: string): number {
  if (formatterZone !== name || !formatter) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', era: 'short', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formatterZone = name;
    offsets.clear();
  }
  const part: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(ms)) part[type] = Number(value);
  const whole = Math.floor(ms / 1000) * 1000;
  return Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']) - whole;
}

/** How far the zone is ahead of UTC at this moment, in ms. */
export function offsetMs(ms: number): number {
  const name = zone.value;
  if (name === 'UTC') return 0;
  if (name === 'browser') return -new Date(ms).getTimezoneOffset() * 60_000;
  const quarter = Math.floor(ms / quarterMs);
  if (formatterZone === name) {
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
  }
  const found = askOffset(quarter * quarterMs, name);
  if (offsets.size > mostKept) offsets.clear();
  offsets.set(quarter, found);
  return found;
}

export function wallOf(ms: number): Wall {
  const at = new Date(ms + offsetMs(ms));
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: at.getUTCSeconds(), weekday: at.getUTCDay() };
}

/**
 * The moment at which the wall shows this. Fields may run over (day 0, month 13). A time that the clocks skip is read
 * as if they had not been changed yet, one that comes twice is its first.
 */
export function momentOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const plain = Date.UTC(year, month - 1, day, hour, minute, second);
  const before = plain - offsetMs(plain - 864e5), after = plain - offsetMs(plain + 864e5);
  const fits = [before, after].filter((ms) => ms + offsetMs(ms) === plain);
  return fits.length ? Math.min(...fits) : before;
}

export function startOfDay(ms: number, days = 0): number {
  const { year, month, day } = wallOf(ms);
  return momentOf(year, month, day + days);
}

/** Weeks begin on Monday. */
export function startOfWeek(ms: number, weeks = 0): number {
  const { year, month, day, weekday } = wallOf(ms);
  return momentOf(year, month, day - ((weekday + 6) % 7) + weeks * 7);
}

export function startOfMonth(ms: number, months = 0): number {
  const { year, month } = wallOf(ms);
  return momentOf(year, month + months, 1);
}

/** The same time of day so many days away, which is not always 24 h each. */
export function sameTime(ms: number, days: number): number {
  const { year, month, day, hour, minute, second } = wallOf(ms);
  return momentOf(year, month, day + days, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
}
