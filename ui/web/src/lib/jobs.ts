import { signal } from '@preact/signals';
import { api } from './api';

/** Long work of the appliance: what /api/app/jobs tells of it. */
export interface Job {
  id: string;
  kind: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  progress: number | null;
  done_bytes?: number;
  total_bytes?: number;
  started_ms: number;
  ended_ms: number | null;
  result: Record<string, unknown> | null;
  error: { message: string; hint: string } | null;
}

const names: Record<string, string> = {
  backup: 'Backup', 'restore-test': 'Restore test', doctor: 'Check of all that is stored', backtest: 'Replay of an alarm', costing: 'Costing of earlier calls', import: 'Import', export: 'Export', replay: 'Replay',
};
export const nameOf = ({ kind }: Job): string => names[kind] ?? kind;

/** Rises when a job was started here, so that lists of jobs look at once. */
export const jobStarted = signal(0);

export const cancelJob = (id: string): Promise<void> => api(`/api/app/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
