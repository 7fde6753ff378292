import { useEffect, useRef, useState } from 'preact/hooks';
import type { Frame } from '../../lib/frames';
import { lasting } from '../../lib/format';

const minuteMs = 6e4, hourMs = 36e5, dayMs = 864e5, weekMs = 6048e5;
/** When the first point of a frame is, in ms; null where it has none. */
export function firstOf(frame: Frame): number | null {
  const at = frame.times.findIndex((_, i) => frame.series.some(({ values }) => values[i] !== null && values[i] !== undefined));
  return at < 0 ? null : frame.times[at]! * 1000;
}

/** How much to draw: what was asked for, or less where only the end of it has points. */
export function windowFor(knownMs: number, spanMs: number): number {
  const wanted = knownMs * 1.03 + 2 * minuteMs, step = 2 ** Math.floor(Math.log2(wanted)) / 8;
  const window = Math.max(10 * minuteMs, Math.ceil(wanted / step) * step);
  return window < spanMs * 0.5 ? window : spanMs;
}

interface Seen { key: string; firstMs: number; windowMs: number }
export interface Known { windowMs: number; knownMs: number }

/** Of a young metric only the end of a long span has points: that end is drawn, and finer. */
export function useKnown(key: string, spanMs: number) {
  const [seen, setSeen] = useState<Seen | null>(null);
  const mine = seen?.key === key ? seen : null;
  const look = (frame: Frame | undefined): void => {
    const first = frame ? firstOf(frame) : null;
    if (first === null) return;
    const firstMs = Math.min(first, mine?.firstMs ?? first), windowMs = windowFor(Date.now() - firstMs, spanMs);
    if (mine?.firstMs !== firstMs || mine.windowMs !== windowMs) setSeen({ key, firstMs, windowMs });
  };
  return { windowMs: mine?.windowMs ?? spanMs, knownMs: mine ? Math.min(spanMs, Date.now() - mine.firstMs) : 0, look };
}

/** The frame that was drawn last, until there is one of what is asked for now. */
export function useKept(key: string, frame: Frame | undefined): Frame | undefined {
  const kept = useRef<{ key: string; frame: Frame | undefined }>({ key, frame });
  useEffect(() => { if (frame || kept.current.key !== key) kept.current = { key, frame }; }, [key, frame]);
  return frame ?? (kept.current.key === key ? kept.current.frame : undefined);
}

/** A length of time without what does not matter: whole hours from two of them on. */
export const roughly = (ms: number): string => lasting(ms >= 2 * hourMs && ms < 2 * dayMs ? Math.floor(ms / hourMs) * hourMs : ms >= minuteMs ? Math.floor(ms / minuteMs) * minuteMs : ms);

/** How often is said: by the week, or as it was counted where there is less than a day to count in. */
export interface Pace {
  /** What a count is divided by to be compared with so many a week. */
  weeks: number;
  title: string;
  /** The number that stands for so many a week. */
  shown(weekly: number): number;
  said(weekly: number): string;
}

export function paceOf(knownMs: number): Pace {
  const byWeek = knownMs >= dayMs, weeks = Math.max(knownMs, dayMs) / weekMs, ending = byWeek ? 'a week' : `in ${roughly(knownMs)}`;
  const shown = (weekly: number): number => (byWeek ? weekly : Math.round(weekly * weeks));
  const text = (count: number): string => `${count < 10 ? Math.round(count * 10) / 10 : Math.round(count)} ${ending}`;
  return { weeks, title: `alarms ${ending}`, shown, said: (weekly) => (weekly === 0 ? 'none' : text(shown(weekly))) };
}
