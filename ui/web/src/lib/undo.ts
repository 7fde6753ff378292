import { signal } from '@preact/signals';
import { explain } from './api';

interface Leaving {
  id: string;
  name: string;
  run: () => Promise<void>;
  timer: number;
  how: Way;
}
type Way = 'deleted' | 'dropped';

export const leaving = signal<Leaving | null>(null);
/** Ids that are on their way out: lists leave them out at once. */
export const gone = signal<ReadonlySet<string>>(new Set());
export const undoError = signal('');

const graceMs = 10_000;

const without = (id: string): ReadonlySet<string> => new Set([...gone.value].filter((other) => other !== id));

/** Does now what waits for its grace to end. */
export async function finishLeaving(): Promise<void> {
  const now = leaving.value;
  if (!now) return;
  leaving.value = null;
  window.clearTimeout(now.timer);
  try {
    await now.run();
  } catch (error) {
    gone.value = without(now.id);
    undoError.value = `${now.name} was not ${now.how}. ${explain(error).message}`;
  }
}

/** Takes something out of sight and deletes or drops it after 10 s, unless that is undone. */
export function leave(id: string, name: string, run: () => Promise<void>, how: Way = 'deleted'): void {
  void finishLeaving();
  undoError.value = '';
  gone.value = new Set([...gone.value, id]);
  leaving.value = { id, name, run, how, timer: window.setTimeout(() => void finishLeaving(), graceMs) };
}

export function undo(): void {
  const now = leaving.value;
  if (!now) return;
  window.clearTimeout(now.timer);
  leaving.value = null;
  gone.value = without(now.id);
}

window.addEventListener('pagehide', () => void finishLeaving());
