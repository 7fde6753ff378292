import type { Asked, Frame } from '../../lib/frames';
import { bucketed, recognise, type Phrase } from '../../lib/promql';
import { search, setSearch } from '../../lib/router';

export interface Query { slot: string; letter: string; expr: string; phrase: Phrase | null }

const slots = ['q', 'q2', 'q3', 'q4'];
const letters = ['A', 'B', 'C', 'D'];

/** What is asked, as the address holds it; the first is there even while it is empty. */
export function queriesOf(from: URLSearchParams): Query[] {
  return slots.flatMap((slot, i) => {
    const expr = from.get(slot) ?? '';
    return expr || i === 0 ? [{ slot, letter: letters[i]!, expr, phrase: recognise(expr) }] : [];
  });
}

/** One more query, to begin with a copy of the last. */
export function addQuery(): void {
  const free = slots.find((slot) => !search.value.get(slot)), last = queriesOf(search.value).pop()?.expr;
  if (free && last) setSearch({ [free]: last, only: null }, false);
}

/** Takes one away; the others move up. */
export function removeQuery(slot: string): void {
  const rest = queriesOf(search.value).filter((query) => query.slot !== slot).map(({ expr }) => expr);
  setSearch({ ...Object.fromEntries(slots.map((each, i) => [each, rest[i] ?? null])), only: null }, false);
}

/** The answers to several queries on one grid, each series told by the letter of its query. */
export function merged(queries: Query[], { frames }: Asked): Frame | undefined {
  if (queries.length === 1) return frames[queries[0]!.slot];
  const answered = queries.filter(({ slot }) => frames[slot]);
  if (answered.length === 0) return undefined;
  const times = [...new Set(answered.flatMap(({ slot }) => frames[slot]!.times))].sort((a, b) => a - b);
  const series = answered.flatMap(({ slot, letter }) => {
    const { times: own, series: each } = frames[slot]!, at = new Map(own.map((time, i) => [time, i]));
    return each.map(({ labels, values }) => ({ labels: { query: letter, ...labels }, values: times.map((time) => { const i = at.get(time); return i === undefined ? null : values[i] ?? null; }) }));
  });
  return { times, series };
}

export const allBucketed = (queries: Query[]): boolean => queries.every(({ phrase }) => phrase !== null && bucketed(phrase.fn));
