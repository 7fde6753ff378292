import { api } from '../../lib/api';
import type { Check } from '../../lib/types';

/** One day of a check; `up` is the share of the time that counted, null where none did. */
export interface Day { startMs: number; up: number | null; downMs: number; maintenance: boolean }

export interface History { days: Day[]; uptime: number | null }

interface Figure { uptime: number | null; down_ms: number }
interface Report { windows: Record<string, Figure>; days: (Figure & { from_ms: number; maintenance: boolean })[] }

/** Requests at a time, so that many checks do not keep the rest of the page waiting. */
const atOnce = 4;

/** The last 90 days as the appliance reckons them: without its own downtime, and without maintenance. */
export async function historyOf(id: string): Promise<History> {
  const { windows, days } = await api<Report>(`/api/app/checks/${encodeURIComponent(id)}/uptime`);
  return {
    days: days.map(({ from_ms: startMs, uptime: up, down_ms: downMs, maintenance }) => ({ startMs, up, downMs, maintenance })),
    uptime: windows['90d']?.uptime ?? null,
  };
}

/** Those of many, by their ids; one that cannot be read is left out. */
export async function historiesOf(checks: Check[]): Promise<Map<string, History>> {
  const found = new Map<string, History>(), waiting = checks.map(({ id }) => id);
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        found.set(id, await historyOf(id));
      } catch {
        /* Its row stands without bars. */
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}
