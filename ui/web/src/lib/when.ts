import { momentOf, startOfDay, startOfMonth, startOfWeek, wallOf } from './zone';

const spans: Record<string, number> = { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 365 * 864e5 };
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A moment as somebody wrote it; `moving` where it depends on when it is read. */
export interface When {
  ms: number;
  moving: boolean;
}

const aside = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();

function ofNow(text: string, nowMs: number): When | null {
  const found = /^(now)?((?: ?[-−+] ?\d+(?:\.\d+)? ?[a-z]+)*)$/.exec(text);
  if (!found || (!found[1] && !found[2])) return null;
  let ms = nowMs;
  for (const [, sign, count, unit] of found[2]!.matchAll(/([-−+]) ?(\d+(?:\.\d+)?) ?([a-z]+)/g)) {
    const span = spans[unit!];
    if (span === undefined) return null;
    ms += (sign === '+' ? 1 : -1) * Number(count) * span;
  }
  return { ms, moving: true };
}

function ofWord(text: string, nowMs: number, isEnd: boolean): When | null {
  const next = isEnd ? 1 : 0;
  switch (text) {
    case 'today': return { ms: startOfDay(nowMs, next), moving: true };
    case 'yesterday': return { ms: startOfDay(nowMs, next - 1), moving: true };
    case 'this week': return { ms: startOfWeek(nowMs, next), moving: true };
    case 'last week': return { ms: startOfWeek(nowMs, next - 1), moving: true };
    case 'this month': return { ms: startOfMonth(nowMs, next), moving: true };
    case 'last month': return { ms: startOfMonth(nowMs, next - 1), moving: true };
    default: return null;
  }
}

const clockPattern = '(\\d{1,2}):(\\d{2})(?::(\\d{2}))?';
const isTime = (hour: number, minute: number, second: number): boolean => minute < 60 && second < 60 && (hour < 24 || (hour === 24 && minute + second === 0));
const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

function onDay(year: number, month: number, day: number, time: (string | undefined)[], isEnd: boolean): When | null {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (time[0] === undefined) return { ms: momentOf(year, month, day + (isEnd ? 1 : 0)), moving: false };
  const [hour, minute, second] = [Number(time[0]), Number(time[1]), Number(time[2] ?? 0)];
  return isTime(hour, minute, second) ? { ms: momentOf(year, month, day, hour, minute, second), moving: false } : null;
}

function ofDate(text: string, nowMs: number, isEnd: boolean): When | null {
  const zoned = /^\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d(\.\d+)?)?(z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text.replace(' ', 'T').toUpperCase()) : NaN;
  if (Number.isFinite(zoned)) return { ms: zoned, moving: false };
  const iso = new RegExp(`^(\\d{4})-(\\d{1,2})(?:-(\\d{1,2}))?(?:[t ]${clockPattern})?$`).exec(text);
  if (iso?.[3]) return onDay(Number(iso[1]), Number(iso[2]), Number(iso[3]), iso.slice(4, 7), isEnd);
  if (iso && iso[4] === undefined) return Number(iso[2]) > 12 || Number(iso[2]) < 1 ? null : { ms: momentOf(Number(iso[1]), Number(iso[2]) + (isEnd ? 1 : 0), 1), moving: false };
  const named = new RegExp(`^(\\d{1,2})\\.? ([a-z]{3})[a-z]*(?:,? (\\d{4}))?(?:,? ${clockPattern})?$`).exec(text);
  const month = named ? monthNames.indexOf(named[2]!) + 1 : 0;
  if (named && month) return onDay(Number(named[3] ?? wallOf(nowMs).year), month, Number(named[1]), named.slice(4, 7), isEnd);
  const clock = new RegExp(`^(?:(today|yesterday) )?${clockPattern}$`).exec(text);
  if (!clock) return null;
  const { year, month: thisMonth, day } = wallOf(clock[1] === 'yesterday' ? startOfDay(nowMs, -1) : nowMs);
  return onDay(year, thisMonth, day, clock.slice(2, 5), isEnd);
}

function ofNumber(text: string): When | null {
  if (!/^\d{9,13}(\.\d+)?$/.test(text)) return null;
  const value = Number(text);
  return { ms: value >= 1e11 ? value : value * 1000, moving: false };
}

/**
 * Reads a moment: `now-3h`, `2026-11-20 14:00`, a date, a month, `20 Nov 14:00`, `14:00`, `yesterday`, or the number that
 * a link carries. A whole day or month as the end includes it. Null where it is none of these.
 */
export function readWhen(typed: string, nowMs: number, isEnd = false): When | null {
  const text = aside(typed);
  return ofNow(text, nowMs) ?? ofWord(text, nowMs, isEnd) ?? ofNumber(text) ?? ofDate(text, nowMs, isEnd);
}
