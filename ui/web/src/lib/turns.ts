import { useEffect, useState } from 'preact/hooks';

const least = 4, most = 24, quickMs = 34, slowMs = 80;
const waiting = new Set<() => void>();
let frame = 0, perFrame = least, lastMs = 0;

/** More jobs a frame while frames come quickly, fewer while they are late. */
function pace(nowMs: number): void {
  const tookMs = nowMs - lastMs;
  if (lastMs && tookMs < quickMs) perFrame = Math.min(most, perFrame * 2);
  else if (lastMs && tookMs > slowMs) perFrame = Math.max(least, perFrame >> 1);
}

function run(nowMs: number): void {
  pace(nowMs);
  frame = 0;
  let done = 0;
  for (const job of waiting) {
    waiting.delete(job);
    job();
    if (++done === perFrame) break;
  }
  lastMs = waiting.size ? nowMs : 0;
  if (waiting.size) frame = requestAnimationFrame(run);
}

/** Runs a job in one of the next frames, a few jobs in each; the answer takes it back. */
export function inTurn(job: () => void): () => void {
  waiting.add(job);
  frame ||= requestAnimationFrame(run);
  return () => void waiting.delete(job);
}

/** The value as of its last turn: a page of many charts draws a few of them a frame. */
export function useTurn<T>(value: T): T {
  const [shown, setShown] = useState(() => ({ value }));
  useEffect(() => (value === shown.value ? undefined : inTurn(() => setShown({ value }))), [value, shown]);
  return shown.value;
}
