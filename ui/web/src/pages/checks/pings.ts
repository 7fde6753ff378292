import { api } from '../../lib/api';
import type { Check } from '../../lib/types';

export interface Ping { kind: 'success' | 'start' | 'failure'; at_ms: number; exit_code: number | null; duration_ms: number | null }
export interface PingLog { due_ms: number | null; failed: boolean; late: boolean; message: string; output: string; pings: Ping[]; running_since_ms: number | null }

export const pingsOf = (id: string): Promise<PingLog> => api<PingLog>(`/api/app/checks/${encodeURIComponent(id)}/pings`);

/** Those of many, by their ids; one that cannot be read is left out. */
export async function pingsOfAll(checks: Check[]): Promise<Map<string, PingLog>> {
  const found = await Promise.all(checks.slice(0, 50).map(async ({ id }) => [id, await pingsOf(id).catch(() => null)] as const));
  return new Map(found.flatMap(([id, log]) => (log ? [[id, log] as [string, PingLog]] : [])));
}

export const failedPing = ({ kind, exit_code: code }: Ping): boolean => kind === 'failure' || (code !== null && code !== 0);
/** The ends of runs, the oldest first. */
export const runsOf = ({ pings }: PingLog): Ping[] => pings.filter(({ kind }) => kind !== 'start').sort((a, b) => a.at_ms - b.at_ms);
