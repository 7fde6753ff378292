import { applianceFigures } from '../../lib/api';
import { dateTime, lasting } from '../../lib/format';
import { instant } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import { selector, type Phrase } from '../../lib/promql';
import type { Range } from '../../lib/range';

const lookS = 600;

interface Known { everyS: number | null; samplesFromMs: number | null; hoursFromMs: number | null }

async function load(phrase: Phrase | null): Promise<Known> {
  const count = phrase ? instant(`max(count_over_time(${selector(phrase.metric, phrase.filters)}[${lookS}s]))`).catch(() => []) : [];
  const [counted, stored] = await Promise.all([count, applianceFigures<{ samples_from_ms: number | null; hours_from_ms: number | null }>()]);
  const most = counted[0]?.value ?? 0;
  return { everyS: most >= 2 ? Math.max(1, Math.round(lookS / most)) : null, samplesFromMs: stored?.samples_from_ms ?? null, hoursFromMs: stored?.hours_from_ms ?? null };
}

/** What was read: samples and how often they come, or what older ones were rolled up into. */
export function useResolution(phrase: Phrase | null, range: Range): string {
  const known = useLoad(() => load(phrase), 60_000, phrase?.metric ?? '').data;
  if (!known) return 'raw';
  if (known.hoursFromMs !== null && range.fromMs < known.hoursFromMs) return `daily until ${dateTime(known.hoursFromMs)}`;
  if (known.samplesFromMs !== null && range.fromMs < known.samplesFromMs) return `hourly until ${dateTime(known.samplesFromMs)}`;
  return known.everyS === null ? 'raw' : `raw ${lasting(known.everyS * 1000)}`;
}
