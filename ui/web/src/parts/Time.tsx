import type { ComponentChildren } from 'preact';
import { ago, clock, dateOf, dateTime, fullTime, utc } from '../lib/format';

const texts = { date: dateTime, ago, day: dateOf, full: fullTime, clock: (ms: number) => clock(ms, true), minute: (ms: number) => clock(ms) };

/** A time as it is said on the page; the exact one, here and in UTC, on hover. */
export function Time({ ms, as = 'date' }: { ms: number; as?: keyof typeof texts }) {
  return <Until ms={ms}>{texts[as](ms)}</Until>;
}

/** Words that stand for a moment, such as "ends in 2 h"; what they mean on hover. */
export function Until({ ms, children }: { ms: number; children: ComponentChildren }) {
  return <time class="num" dateTime={new Date(ms).toISOString()} title={`${fullTime(ms)}\n${utc(ms)}`}>{children}</time>;
}
