const waiting = new Set<() => void>();
let channel: MessageChannel | undefined;
let posted = false;

/** How long one task goes on with further jobs: long enough that small ones are not kept apart by a frame each. */
const sliceMs = 10;

function runNext(): void {
  const endMs = performance.now() + sliceMs;
  try {
    for (const job of waiting) {
      waiting.delete(job);
      job();
      if (performance.now() > endMs) break;
    }
  } finally {
    post();
  }
}

// The channel comes with the first job: an open one keeps a process alive that only loads this file, as tests do.
function open(): MessageChannel {
  const opened = new MessageChannel();
  opened.port1.onmessage = runNext;
  return opened;
}

function post(): void {
  posted = waiting.size > 0;
  if (posted) (channel ??= open()).port2.postMessage(null);
}

/** Runs jobs in short tasks, in their order, so that what people do comes between them; the answer takes one back. */
export function oneByOne(job: () => void): () => void {
  waiting.add(job);
  if (!posted) post();
  return () => void waiting.delete(job);
}
