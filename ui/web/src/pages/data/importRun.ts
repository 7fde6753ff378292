import { signal } from '@preact/signals';
import { explain, ownHeaders } from '../../lib/api';
import { doorOf, partsOf, type Part } from './importParts';

export interface ImportRun {
  file: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  bytes: number;
  bytesTotal: number;
  accepted: number;
  rejected: number;
  replayedParts: number;
  parts: number;
  format: string;
  reasons: string[];
  waiting: string;
  error: string;
  startedMs: number;
  endedMs: number;
}

/** The import of this page, one at a time; it goes on while other pages are open. */
export const importRun = signal<ImportRun | null>(null);
let stop: AbortController | null = null;

const change = (part: Partial<ImportRun>): void => { if (importRun.value) importRun.value = { ...importRun.value, ...part }; };
export const cancelImport = (): void => stop?.abort();
export const forgetImport = (): void => { if (importRun.value?.state !== 'running') importRun.value = null; };

const patienceMs = 60_000, maxReasons = 10;

interface Answer { accepted: number; rejected: number; errors?: { error: string }[] }

const pause = (ms: number, abort: AbortSignal): Promise<void> => new Promise((done, failed) => {
  const timer = window.setTimeout(done, ms);
  abort.addEventListener('abort', () => { window.clearTimeout(timer); failed(abort.reason); }, { once: true });
});

/** One part, again where that may succeed later, under the same key. */
async function send(part: Part, abort: AbortSignal): Promise<{ answer: Answer; replayed: boolean }> {
  const door = doorOf[part.format], until = Date.now() + patienceMs;
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 5000)) {
    let why = 'Plimsoll does not answer.', afterMs = 0;
    try {
      const response = await fetch(door.path, { method: 'POST', body: part.body, signal: abort, credentials: 'same-origin', headers: { ...ownHeaders('POST'), 'Content-Type': door.type, 'Idempotency-Key': part.key } });
      const said = await response.json() as Answer & { error?: { message?: string; hint?: string } };
      if (typeof said.accepted === 'number') return { answer: said, replayed: response.headers.get('Idempotent-Replayed') === 'true' };
      why = `${said.error?.message ?? `The answer was ${response.status}.`} ${said.error?.hint ?? ''}`.trim();
      if (![429, 503, 507].includes(response.status)) throw new Error(why);
      afterMs = Number(response.headers.get('Retry-After') ?? 0) * 1000;
    } catch (cause) {
      if (abort.aborted || !(cause instanceof TypeError)) throw cause;
    }
    if (Date.now() > until) throw new Error(why);
    change({ waiting: `${why} Trying again.` });
    await pause(Math.max(waitMs, afterMs), abort);
  }
}

/** The text of a file, unpacked where it is gzip, and how many of its bytes were read. */
async function reading(file: File): Promise<{ read: () => Promise<string | null>; bytesRead: () => number }> {
  const [first = 0, second = 0] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  let bytes = 0;
  const counted = file.stream().pipeThrough(new TransformStream<Uint8Array, Uint8Array>({ transform(chunk, out) { bytes += chunk.length; out.enqueue(chunk); } }));
  const plain = first === 0x1f && second === 0x8b ? counted.pipeThrough(new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>) : counted;
  const reader = plain.getReader(), decoder = new TextDecoder();
  return { bytesRead: () => bytes, read: async () => { const { done, value } = await reader.read(); return done ? null : decoder.decode(value, { stream: true }); } };
}

function count(part: Part, { accepted, rejected, errors = [] }: Answer, replayed: boolean): void {
  const run = importRun.value!;
  change({ bytes: part.bytesRead, accepted: run.accepted + accepted, rejected: run.rejected + rejected, replayedParts: run.replayedParts + (replayed ? 1 : 0), parts: run.parts + 1,
    format: doorOf[part.format].name, waiting: '', reasons: [...run.reasons, ...errors.map(({ error }) => error)].slice(0, maxReasons) });
}

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

/** Sends a file up in parts. What went up before a cancel or a failure stays. */
export async function runImport(file: File): Promise<void> {
  stop = new AbortController();
  const { signal: abort } = stop;
  importRun.value = { file: file.name, state: 'running', bytes: 0, bytesTotal: file.size, accepted: 0, rejected: 0, replayedParts: 0, parts: 0, format: '', reasons: [], waiting: '', error: '', startedMs: Date.now(), endedMs: 0 };
  window.addEventListener('beforeunload', warn);
  try {
    const { read, bytesRead } = await reading(file);
    for await (const part of partsOf(read, bytesRead)) {
      const { answer, replayed } = await send(part, abort);
      count(part, answer, replayed);
    }
    change({ state: 'done', bytes: file.size });
  } catch (cause) {
    change(abort.aborted ? { state: 'cancelled' } : { state: 'failed', error: explain(cause).message });
  }
  change({ endedMs: Date.now(), waiting: '' });
  window.removeEventListener('beforeunload', warn);
}
