import { isBelow } from '../../chart/model';
import type { Frame } from '../../lib/frames';
import type { Op } from '../../lib/types';

export interface Replayed {
  startMs: number;
  endMs: number;
  peak: number;
}

const compare: Record<Op, (value: number, line: number) => boolean> = {
  '>': (value, line) => value > line, '>=': (value, line) => value >= line, '<': (value, line) => value < line,
  '<=': (value, line) => value <= line, '==': (value, line) => value === line, '!=': (value, line) => value !== line,
};

const stepMs = ({ times }: Frame): number => (times.length > 1 ? (times[1]! - times[0]!) * 1000 : 0);

/** The episodes that an alarm would have made of what is drawn; as exact as the distance of the points. */
export function replay(frame: Frame, op: Op, threshold: number, forMs: number): Replayed[] {
  const beyond = compare[op], worse = isBelow(op) ? Math.min : Math.max;
  const episodes: Replayed[] = [];
  for (const { values } of frame.series) {
    let since = -1, peak = 0;
    for (let i = 0; i <= values.length; i++) {
      const value = i < values.length ? values[i]! : null;
      if (value !== null && beyond(value, threshold)) {
        peak = since < 0 ? value : worse(peak, value);
        if (since < 0) since = i;
        continue;
      }
      if (since >= 0) {
        const startMs = frame.times[since]! * 1000 + forMs, endMs = frame.times[i - 1]! * 1000 + stepMs(frame);
        if (endMs >= startMs) episodes.push({ startMs, endMs, peak });
      }
      since = -1;
    }
  }
  return episodes.sort((a, b) => b.startMs - a.startMs);
}
