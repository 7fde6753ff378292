import { isBelow } from '../../chart/model';
import type { Frame } from '../../lib/frames';
import type { Op } from '../../lib/types';
import { stepOf } from './Dragger';
import { replay } from './replay';

export interface Height { name: string; value: number; weekly: number }

/** How many alarms a week each of the three names allows. */
const limits: [string, number][] = [['Strict', 7], ['Balanced', 3], ['Quiet', 1]];
const candidates = 48;

function sortedValues(frame: Frame): number[] {
  return frame.series.flatMap(({ values }) => values).filter((value): value is number => value !== null).sort((a, b) => a - b);
}

const at = (sorted: number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** Where most of the values lie: p5 to p95; null without any. */
export function normalOf(frame: Frame): [number, number] | null {
  const sorted = sortedValues(frame);
  return sorted.length ? [at(sorted, 0.05), at(sorted, 0.95)] : null;
}

/** Three heights of the line, from the quiet end inwards as far as the alarms a week allow, and never within what is normal. */
export function threeHeights(frame: Frame, op: Op, forMs: number, weeks: number): Height[] {
  const sorted = sortedValues(frame), below = isBelow(op);
  if (sorted.length < 10) return [];
  const edge = below ? sorted[0]! : sorted[sorted.length - 1]!, inner = at(sorted, below ? 0.05 : 0.95);
  const step = stepOf({ low: Math.min(0, sorted[0]!), high: sorted[sorted.length - 1]! || 1 });
  const outer = below ? edge * 0.9 : edge * 1.05;
  const round = (value: number): number => Number(((below ? Math.floor(value / step) : Math.ceil(value / step)) * step).toPrecision(10));
  const heights = Array.from({ length: candidates }, (_, i) => round(outer + ((inner - outer) * i) / (candidates - 1)))
    .map((value) => ({ value, weekly: replay(frame, op, value, forMs).length / weeks }));
  return limits.map(([name, most]) => {
    const past = heights.findIndex(({ weekly }) => weekly > most);
    const chosen = heights[past < 0 ? heights.length - 1 : Math.max(0, past - 1)]!;
    return { name, ...chosen };
  });
}
