const waiting = new Set<() => void>();
let channel: MessageChannel | undefined;
let posted = false;

function runNext(): void {
  const [job] = waiting;
  if (job) waiting.delete(job);
  post();
  job?.();
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

/** Runs jobs in tasks of their own, in their order, so that what people do comes between them; the answer takes one back. */
export function oneByOne(job: () => void): () => void {
  waiting.add(job);
  if (!posted) post();
  return () => void waiting.delete(job);
}
