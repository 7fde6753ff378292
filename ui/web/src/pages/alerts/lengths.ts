import type { Episode, Silence } from '../../lib/types';
import { momentOf, wallOf } from '../../lib/zone';

/** "9:00" of the next morning. */
export function untilMorning(nowMs: number): number {
  const { year, month, day } = wallOf(nowMs), today = momentOf(year, month, day, 9);
  return today > nowMs ? today : momentOf(year, month, day + 1, 9);
}

/** What an episode can be silenced for, beside an hour. */
export const quickLengths: [string, (episode: Episode) => Partial<Silence>][] = [
  ['until 9:00', () => ({ ends_ms: untilMorning(Date.now()) })],
  ['until it ends', ({ id }) => ({ until_episode: id })],
];
