import { api } from '../../lib/api';
import { instant } from '../../lib/frames';

/** One day of a check: which share of the time that was watched it was up; null where nobody looked. */
export interface Day { startMs: number; up: number | null }

export interface History { days: Day[]; uptime: number | null }

interface Matrix { data: { result: { metric: Record<string, string>; values?: [number, string][] }[] } }

const dayMs = 864e5;
export const shownDays = 90;

/** The last 90 days of every check by its name, from its series; time that nobody watched is in none of them. */
export async function histories(): Promise<Map<string, History>> {
  const todayMs = Math.floor(Date.now() / dayMs) * dayMs, firstMs = todayMs - (shownDays - 1) * dayMs;
  const [answer, now, whole] = await Promise.all([
    api<Matrix>(`/api/v1/query_range?${new URLSearchParams({ query: 'avg_over_time(check_up[1d])', start: String((firstMs + dayMs) / 1000), end: String(todayMs / 1000), step: '86400' })}`),
    instant(`avg_over_time(check_up[${Math.max(60, Math.floor((Date.now() - todayMs) / 1000))}s])`),
    instant(`avg_over_time(check_up[${shownDays}d])`),
  ]);
  const found = new Map<string, History>();
  const of = (labels: Record<string, string>): History => {
    const name = labels['check'] ?? '';
    const kept = found.get(name) ?? { days: Array.from({ length: shownDays }, (_, i) => ({ startMs: firstMs + i * dayMs, up: null })), uptime: null };
    found.set(name, kept);
    return kept;
  };
  for (const { metric, values = [] } of answer.data.result)
    for (const [at, text] of values) {
      const day = of(metric).days[Math.round((at * 1000 - dayMs - firstMs) / dayMs)];
      if (day) day.up = Number(text);
    }
  for (const { labels, value } of now) of(labels).days[shownDays - 1]!.up = value;
  for (const { labels, value } of whole) of(labels).uptime = value;
  return found;
}
