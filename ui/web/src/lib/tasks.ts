const channel = new MessageChannel();
const waiting = new Set<() => void>();
let posted = false;

function post(): void {
  posted = waiting.size > 0;
  if (posted) channel.port2.postMessage(null);
}

channel.port1.onmessage = () => {
  const [job] = waiting;
  if (job) waiting.delete(job);
  post();
  job?.();
};

/** Runs jobs in tasks of their own, in their order, so that what people do comes between them; the answer takes one back. */
export function oneByOne(job: () => void): () => void {
  waiting.add(job);
  if (!posted) post();
  return () => void waiting.delete(job);
}
