/** A browser keeps six connections to one address: the live stream has one, and saving must never wait behind charts. */
const most = 4;
/** While answers come at once nothing waits long: more are asked then, so that a busy page is not what they wait for. */
const mostQuick = 32, quickMs = 120;

let tookMs = 0;
const room = (): number => (tookMs < quickMs ? mostQuick : most);

const waiting: (() => void)[] = [];
let running = 0;

function next(): void {
  while (running < room()) {
    const job = waiting.shift();
    if (!job) return;
    running++;
    job();
  }
}

/** Runs what asks the appliance when it is its turn; what was given up meanwhile does not ask at all. */
export function inLine<T>(ask: () => Promise<T>, abort: AbortSignal): Promise<T> {
  return new Promise<T>((done, failed) => {
    waiting.push(() => {
      const beganMs = performance.now();
      const asked = abort.aborted ? Promise.reject(new DOMException('given up', 'AbortError')) : ask();
      asked.then(done, failed).finally(() => {
        tookMs = performance.now() - beganMs;
        running--;
        next();
      });
    });
    next();
  });
}
