interface Job { run: () => void; isSmall: boolean }

const waiting = new Set<Job>();
let channel: MessageChannel | undefined;
let posted = false;

/** How long one task goes on with small jobs, so that these are not kept apart by a frame each. */
const sliceMs = 10;

function runNext(): void {
  const endMs = performance.now() + sliceMs;
  let count = 0;
  try {
    for (const job of waiting) {
      if (count++ > 0 && (!job.isSmall || performance.now() > endMs)) break;
      waiting.delete(job);
      job.run();
      if (!job.isSmall) break;
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

function wait(job: Job): () => void {
  waiting.add(job);
  if (!posted) post();
  return () => void waiting.delete(job);
}

/** Runs jobs in tasks of their own, in their order, so that what people do comes between them; the answer takes one back. */
export const oneByOne = (run: () => void): (() => void) => wait({ run, isSmall: false });

/** The same for jobs of a millisecond or two: a few of them share a task. */
export const fewAtATime = (run: () => void): (() => void) => wait({ run, isSmall: true });
