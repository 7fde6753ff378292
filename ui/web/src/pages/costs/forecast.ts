/** What an hour cost, by when it began. */
export type Hours = ReadonlyMap<number, number>;

export interface FanPoint { atMs: number; low: number; mid: number; high: number }

export interface Forecast {
  /** How it was made: from earlier weeks, a straight line for want of them, or not at all. */
  by: 'weeks' | 'line' | 'nothing';
  weeks: number;
  /** What will have been spent, from now to the end. */
  fan: FanPoint[];
}

export const hourMs = 3_600_000;
const weekMs = 168 * hourMs;
const mostWeeks = 4;
/** Less than this is no ground for a line. */
const leastMs = 3 * hourMs;

const startOf = (ms: number): number => Math.floor(ms / hourMs) * hourMs;

/** The hour that stands for one to come: the same weekday and hour, so many weeks before the newest that is over. */
function weekBefore(hours: Hours, atMs: number, nowMs: number, week: number): number {
  const weeksAhead = Math.floor((atMs - startOf(nowMs)) / weekMs) + 1;
  return hours.get(atMs - (weeksAhead + week) * weekMs) ?? 0;
}

/** The parts of hours between now and the end. */
function ahead(nowMs: number, endMs: number): { startMs: number; endMs: number; part: number }[] {
  const parts = [];
  for (let at = startOf(nowMs); at < endMs; at += hourMs) {
    const from = Math.max(at, nowMs), to = Math.min(at + hourMs, endMs);
    if (to > from) parts.push({ startMs: at, endMs: to, part: (to - from) / hourMs });
  }
  return parts;
}

function byWeeks(hours: Hours, spent: number, nowMs: number, endMs: number, weeks: number): FanPoint[] {
  const paths = Array.from({ length: weeks }, () => spent);
  const fan: FanPoint[] = [{ atMs: nowMs, low: spent, mid: spent, high: spent }];
  for (const { startMs, endMs: to, part } of ahead(nowMs, endMs)) {
    for (let week = 0; week < weeks; week++) paths[week]! += weekBefore(hours, startMs, nowMs, week) * part;
    fan.push({ atMs: to, low: Math.min(...paths), mid: paths.reduce((sum, path) => sum + path, 0) / weeks, high: Math.max(...paths) });
  }
  return fan;
}

/**
 * What will be spent by `endMs`: the same weekday and hour of up to four weeks before, each week a path of its own. With
 * less than a week it is a straight line at the pace since the first cost.
 */
export function forecast(hours: Hours, spent: number, nowMs: number, endMs: number): Forecast {
  const known = [...hours].filter(([, cost]) => cost > 0).map(([at]) => at);
  const firstMs = known.length ? Math.min(...known) : nowMs;
  const age = nowMs - firstMs;
  const weeks = Math.min(mostWeeks, Math.floor(age / weekMs));
  if (endMs <= nowMs || age < leastMs) return { by: 'nothing', weeks: 0, fan: [] };
  if (weeks > 0) return { by: 'weeks', weeks, fan: byWeeks(hours, spent, nowMs, endMs, weeks) };
  let total = 0;
  for (const [, cost] of hours) total += cost;
  const end = spent + (total / age) * (endMs - nowMs);
  return { by: 'line', weeks: 0, fan: [{ atMs: nowMs, low: spent, mid: spent, high: spent }, { atMs: endMs, low: end, mid: end, high: end }] };
}

export const endOf = ({ fan }: Forecast): FanPoint | null => fan[fan.length - 1] ?? null;

/** How a forecast came about, to be said beside it. */
export function basis({ by, weeks }: Forecast): string {
  if (by === 'nothing') return 'Too little data for a forecast: it takes 3 hours of calls.';
  if (by === 'line') return 'Less than a week of data: the forecast is a straight line at the pace so far.';
  if (weeks === 1) return 'The forecast repeats last week, hour by hour; its range takes a second week.';
  return `The forecast repeats the same weekday and hour of the last ${weeks} weeks; its range is that of those weeks.`;
}
