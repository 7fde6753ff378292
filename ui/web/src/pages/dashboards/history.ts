/** The states of a draft, to go back and forth in. */
export interface History<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  /** What the last change was about: one that goes on with the same thing replaces it. */
  about: string;
}

const most = 200;

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [], about: '' });

/** Goes to a new state. `about` joins the keystrokes in one field, or the steps of one drag, into one change. */
export function change<T>(history: History<T>, next: T, about = ''): History<T> {
  if (next === history.now) return history;
  const joins = about !== '' && about === history.about && history.past.length > 0;
  return { past: joins ? history.past : [...history.past, history.now].slice(-most), now: next, future: [], about };
}

/** The next change begins a new step, whatever it is about. */
export const settle = <T>(history: History<T>): History<T> => (history.about === '' ? history : { ...history, about: '' });

export function undo<T>(history: History<T>): History<T> {
  const before = history.past[history.past.length - 1];
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future], about: '' };
}

export function redo<T>(history: History<T>): History<T> {
  const next = history.future[0];
  if (next === undefined) return history;
  return { past: [...history.past, history.now], now: next, future: history.future.slice(1), about: '' };
}
