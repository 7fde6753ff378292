import { offsetMs, wallOf } from './zone';

/** What a number means. `perSecond` marks a rate of it. */
export interface Unit {
  kind: 'seconds' | 'milliseconds' | 'bytes' | 'ratio' | 'percent' | 'usd' | 'celsius' | 'count';
  perSecond?: boolean;
}

export interface Quantity {
  number: string;
  unit: string;
}

const thin = '\u00a0';
const dash = '–';

const suffixes: [RegExp, Unit['kind']][] = [
  [/_(seconds|s)(_total|_sum)?$/, 'seconds'],
  [/_(milliseconds|ms)(_total|_sum)?$/, 'milliseconds'],
  [/_bytes(_total|_sum)?$/, 'bytes'],
  [/_ratio$/, 'ratio'],
  [/_percent$/, 'percent'],
  [/_usd(_total|_sum)?$/, 'usd'],
  [/_celsius$/, 'celsius'],
];

const declared: Record<string, Unit['kind']> = {
  s: 'seconds', seconds: 'seconds', ms: 'milliseconds', milliseconds: 'milliseconds', By: 'bytes', bytes: 'bytes',
  '1': 'count', ratio: 'ratio', '%': 'percent', percent: 'percent', usd: 'usd', USD: 'usd', celsius: 'celsius',
};

/** The unit of a metric, by what it declares or how it is named. */
export function unitOfMetric(name: string, declaredUnit = ''): Unit {
  const known = declared[declaredUnit];
  if (known) return { kind: known };
  const found = suffixes.find(([pattern]) => pattern.test(name));
  return { kind: found ? found[1] : 'count' };
}

/** At most three significant digits, and never fewer than the whole part has. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001) return value.toPrecision(2).replace(/\.?0+e/, 'e');
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(5, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

interface Step { from: number; divide: number; unit: string; glued?: boolean }

const counts: Step[] = [
  { from: 1e9, divide: 1e9, unit: 'G' }, { from: 1e6, divide: 1e6, unit: 'M' },
  { from: 1e4, divide: 1e3, unit: 'k', glued: true }, { from: 0, divide: 1, unit: '' },
];
const bytes: Step[] = [
  { from: 2 ** 40, divide: 2 ** 40, unit: 'TiB' }, { from: 2 ** 30, divide: 2 ** 30, unit: 'GiB' },
  { from: 2 ** 20, divide: 2 ** 20, unit: 'MiB' }, { from: 2 ** 10, divide: 2 ** 10, unit: 'KiB' },
  { from: 0, divide: 1, unit: 'B' },
];
const seconds: Step[] = [
  { from: 172_800, divide: 86_400, unit: 'd' }, { from: 7200, divide: 3600, unit: 'h' }, { from: 120, divide: 60, unit: 'min' },
  { from: 1, divide: 1, unit: 's' }, { from: 1e-3, divide: 1e-3, unit: 'ms' }, { from: 0, divide: 1e-6, unit: 'µs' },
];

function stepsOf(unit: Unit): Step[] {
  switch (unit.kind) {
    case 'seconds': return seconds;
    case 'milliseconds': return seconds.map((step) => ({ ...step, from: step.from * 1e3, divide: step.divide * 1e3 }));
    case 'bytes': return bytes;
    case 'ratio': return [{ from: 0, divide: 0.01, unit: '%' }];
    case 'percent': return [{ from: 0, divide: 1, unit: '%' }];
    case 'celsius': return [{ from: 0, divide: 1, unit: '°C' }];
    default: return counts;
  }
}

function stepFor(size: number, unit: Unit): Step {
  const steps = stepsOf(unit);
  if (size === 0 && (unit.kind === 'seconds' || unit.kind === 'milliseconds')) return { from: 0, divide: unit.kind === 'seconds' ? 1e-3 : 1, unit: 'ms' };
  return steps.find((step) => size >= step.from) ?? steps[steps.length - 1]!;
}

const withRate = (text: string, unit: Unit): string => (unit.perSecond ? `${text}/s` : text);

function money(value: number): string {
  const size = Math.abs(value);
  const digits = size !== 0 && size < 0.1 ? 4 : 2;
  return `${value < 0 ? '−' : ''}$${size.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** A value as number and unit apart, for big figures. */
export function quantity(value: number | null | undefined, unit: Unit): Quantity {
  if (value == null || Number.isNaN(value)) return { number: dash, unit: '' };
  if (!Number.isFinite(value)) return { number: value > 0 ? '∞' : '−∞', unit: '' };
  if (unit.kind === 'usd') return { number: money(value), unit: withRate('', unit) };
  const step = stepFor(Math.abs(value), unit);
  const number = significant(value / step.divide).replace('-', '−');
  if (step.glued) return { number: number + step.unit, unit: withRate('', unit) };
  return { number, unit: withRate(step.unit, unit) };
}

/** A value as one text, with a thin space before its unit. */
export function format(value: number | null | undefined, unit: Unit): string {
  const { number, unit: suffix } = quantity(value, unit);
  return suffix === '' ? number : number + thin + suffix;
}

/** The scale that a whole axis shares: values divided by `divide` and followed by `unit`. */
export function axisStep(top: number, unit: Unit): { divide: number; label(value: number): string } {
  if (unit.kind === 'usd') return { divide: 1, label: (value) => (top < 10 ? money(value) : `$${significant(value)}`) };
  const step = stepFor(Math.abs(top), unit);
  const suffix = withRate(step.unit, unit);
  return {
    divide: step.divide,
    label: (value) => {
      const number = significant(value / step.divide).replace('-', '−');
      if (suffix === '' || (value === 0 && step.unit !== '%')) return number;
      return step.glued ? number + suffix : number + thin + suffix;
    },
  };
}

const timeWords: Record<string, number> = { µs: 1e-6, us: 1e-6, ms: 1e-3, s: 1, sec: 1, min: 60, m: 60, h: 3600, d: 86_400 };
const byteWords: Record<string, number> = {
  b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12,
};
const countWords: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9 };

/** Reads what a person typed ("500 ms", "90 %", "$50") in the unit of the metric; null where it is no number. */
export function parseQuantity(text: string, unit: Unit): number | null {
  const found = /^\s*\$?\s*([-−+]?[\d.,]+(?:e[-+]?\d+)?)\s*([%\p{L}µ°]*)(?:\/s)?\s*$/iu.exec(text);
  if (!found) return null;
  const value = Number(found[1]!.replace('−', '-').replace(/,(?=\d{3})/g, '').replace(',', '.'));
  const word = found[2]!.toLowerCase();
  if (!Number.isFinite(value)) return null;
  const factor = wordFactor(word, unit);
  return factor === null ? null : value * factor;
}

/** What a word multiplies by in the metric's own unit; null where it belongs to another one. */
function wordFactor(word: string, unit: Unit): number | null {
  switch (unit.kind) {
    case 'ratio': return word === '' || word === '%' ? 0.01 : null;
    case 'percent': return word === '' || word === '%' ? 1 : null;
    case 'celsius': return word === '' || word === '°c' ? 1 : null;
    case 'bytes': return word === '' ? 1 : byteWords[word] ?? null;
    case 'seconds': return word === '' ? 1 : timeWords[word] ?? null;
    case 'milliseconds': return word === '' ? 1 : timeWords[word] === undefined ? null : timeWords[word] * 1e3;
    default: return word === '' ? 1 : countWords[word] ?? null;
  }
}

/** "38 min", "2 h 34 min", "41 d": a length of time in words. */
export function lasting(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return `${total}${thin}s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes}${thin}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours}${thin}h ${minutes % 60}${thin}min` : `${hours}${thin}h`;
  return `${Math.floor(hours / 24)}${thin}d`;
}

/** "12 s ago" up to a day, then the date. */
export function ago(ms: number, nowMs = Date.now()): string {
  const age = nowMs - ms;
  if (age < 2000) return 'just now';
  return age < 86_400_000 ? `${lasting(age)} ago` : dateTime(ms);
}

const two = (value: number): string => String(value).padStart(2, '0');
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 14:31, or 14:31:50 with seconds. */
export function clock(ms: number, withSeconds = false): string {
  const at = wallOf(ms);
  return `${two(at.hour)}:${two(at.minute)}${withSeconds ? `:${two(at.second)}` : ''}`;
}

export function dayName(ms: number): string {
  const at = wallOf(ms);
  return `${days[at.weekday]} ${at.day} ${months[at.month - 1]}`;
}

/** "14 Nov 2026". */
export function dateOf(ms: number): string {
  const at = wallOf(ms);
  return `${at.day} ${months[at.month - 1]} ${at.year}`;
}

/** "14:31" today, "Mon 12:30" this week, "14 Nov 12:30" before, "14 Nov 2024 12:30" in another year. */
export function dateTime(ms: number, nowMs = Date.now()): string {
  const at = wallOf(ms), now = wallOf(nowMs);
  if (at.day === now.day && at.month === now.month && at.year === now.year) return clock(ms);
  if (Math.abs(nowMs - ms) < 6 * 86_400_000) return `${days[at.weekday]} ${clock(ms)}`;
  return `${at.day} ${months[at.month - 1]}${at.year === now.year ? '' : ` ${at.year}`} ${clock(ms)}`;
}

/** "Fri 20 Nov 2026 14:00:05": nothing left out. */
export const fullTime = (ms: number): string => `${dayName(ms)} ${wallOf(ms).year} ${clock(ms, true)}`;

/** "2026-11-20 14:00:05": as it is typed and sorted. */
export function plainTime(ms: number): string {
  const at = wallOf(ms);
  return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}${at.second ? `:${two(at.second)}` : ''}`;
}

/** "2026-11-20 13:00:05 UTC": what stands behind a time on hover. */
export const utc = (ms: number): string => (Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '');

/** " · 13:00 UTC": what a crosshair adds to the clock of another zone; nothing where that shows UTC. */
export function utcClock(ms: number): string {
  return offsetMs(ms) === 0 ? '' : ` · ${new Date(ms).toISOString().slice(11, 16)} UTC`;
}

/** Both ends of a range, with dates where it spans days or is not of today. */
export function spanText(fromMs: number, toMs: number, nowMs = Date.now()): string {
  const from = wallOf(fromMs), to = wallOf(toMs), now = wallOf(nowMs);
  const oneDay = from.day === to.day && from.month === to.month && from.year === to.year;
  const today = oneDay && to.day === now.day && to.month === now.month && to.year === now.year;
  const year = (at: { year: number }): string => (at.year === now.year ? '' : ` ${at.year}`);
  const date = (at: typeof from): string => `${at.day} ${months[at.month - 1]}${year(at)}`;
  const fine = toMs - fromMs < 600_000;
  if (oneDay) return `${today ? '' : `${date(from)} `}${clock(fromMs, fine)} – ${clock(toMs, fine)}`;
  const midnights = from.hour + from.minute + from.second + to.hour + to.minute + to.second === 0;
  if (!midnights) return `${date(from)} ${clock(fromMs)} – ${date(to)} ${clock(toMs)}`;
  const last = wallOf(toMs - 1);
  return last.day === from.day && last.month === from.month && last.year === from.year ? date(from) : `${date(from)} – ${date(last)}`;
}

/** "5m" of a rule as milliseconds. */
export function durationMs(text: string): number {
  const factor: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
  let total = 0;
  for (const part of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) total += Number(part[1]) * factor[part[2]!]!;
  return total;
}

/** Milliseconds as the shortest PromQL duration. */
export function promDuration(ms: number): string {
  for (const [unit, size] of [['d', 864e5], ['h', 36e5], ['m', 6e4], ['s', 1e3]] as const)
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  return `${Math.round(ms)}ms`;
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** Controls, marks that turn the direction of writing, and characters without width. */
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Scripts and pictures need the joiners between their own letters; beside one of ASCII they only hide. */
function joins(whole: string, at: number): boolean {
  const isJoiner = whole[at] === '\u200c' || whole[at] === '\u200d';
  return isJoiner && (whole.charCodeAt(at - 1) || 0) > 0x7f && (whole.charCodeAt(at + 1) || 0) > 0x7f;
}

/**
 * Text from outside as a person may trust it: what would be invisible, or would make other characters change places, stands
 * there by its number, so that no name looks like another one.
 */
export const visible = (text: string): string =>
  text.replace(hidden, (found: string, at: number) => (joins(text, at) ? found : `‹U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`));
