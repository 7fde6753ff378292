import { signal } from '@preact/signals';
import { inProject, loadSession, loginNeeded } from './api';
import type { Episode, RejectedEvent, SampleEvent, StatusEvent } from './types';

export type LiveState = 'connecting' | 'live' | 'lost' | 'paused';

export const liveState = signal<LiveState>('connecting');
export const lastHeardMs = signal(0);
export const status = signal<StatusEvent | null>(null);
/** Rises whenever data that was fetched before may be stale: after a reconnect, or when an alarm changed. */
export const freshness = signal(0);

interface Events {
  sample: SampleEvent;
  rejected: RejectedEvent;
  episode: Episode;
  status: StatusEvent;
}

type Listener<K extends keyof Events> = (event: Events[K]) => void;
const listeners: { [K in keyof Events]: Set<Listener<K>> } = {
  sample: new Set(), rejected: new Set(), episode: new Set(), status: new Set(),
};

/** Listens to one kind of event; the answer ends it. */
export function listen<K extends keyof Events>(kind: K, listener: Listener<K>): () => void {
  listeners[kind].add(listener);
  return () => void listeners[kind].delete(listener);
}

const silenceMs = 20_000;
const longestWaitMs = 30_000;
const hiddenGraceMs = 60_000;

let source: EventSource | null = null;
let retry: number | undefined;
let hiddenTimer: number | undefined;
let failures = 0;
let wasLost = false;

function heard(): void {
  lastHeardMs.value = Date.now();
  failures = 0;
  if (liveState.value === 'live') return;
  liveState.value = 'live';
  if (wasLost) freshness.value++;
  wasLost = false;
}

function dispatch<K extends keyof Events>(kind: K, message: MessageEvent<string>): void {
  heard();
  let event: Events[K];
  try {
    event = JSON.parse(message.data) as Events[K];
  } catch {
    return;
  }
  if (kind === 'status') status.value = event as StatusEvent;
  for (const listener of listeners[kind]) listener(event);
}

function drop(): void {
  source?.close();
  source = null;
  window.clearTimeout(retry);
}

function lost(): void {
  drop();
  if (liveState.value === 'paused') return;
  wasLost = true;
  liveState.value = 'lost';
  const wait = Math.min(longestWaitMs, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
  failures++;
  retry = window.setTimeout(reconnect, wait);
}

/** A stream that was refused may mean that the session ended: the session tells, the stream cannot. */
async function reconnect(): Promise<void> {
  try {
    await loadSession();
  } catch {
    lost();
    return;
  }
  if (!loginNeeded.value) open();
}

function open(): void {
  drop();
  source = new EventSource(inProject('/api/app/live'));
  source.addEventListener('hello', heard);
  source.onopen = heard;
  source.onerror = lost;
  for (const kind of ['sample', 'rejected', 'episode', 'status'] as const)
    source.addEventListener(kind, (message) => dispatch(kind, message as MessageEvent<string>));
}

/** Keeps the one stream of this page; a tab that stays hidden gives its connection back. */
export function startLive(): void {
  if (liveState.value === 'paused') return;
  failures = 0;
  open();
}

export function stopLive(): void {
  drop();
}

export function toggleLive(): void {
  if (liveState.value === 'paused') {
    liveState.value = 'connecting';
    freshness.value++;
    open();
  } else {
    liveState.value = 'paused';
    drop();
  }
}

function visibilityChanged(): void {
  window.clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = window.setTimeout(() => { wasLost = true; drop(); }, hiddenGraceMs);
  } else if (!source && !loginNeeded.value && liveState.value !== 'paused') {
    startLive();
  }
}

export function watchConnection(): void {
  document.addEventListener('visibilitychange', visibilityChanged);
  window.addEventListener('online', () => { if (liveState.value === 'lost') startLive(); });
  window.addEventListener('offline', () => { if (source) lost(); });
  window.setInterval(() => {
    if (source && liveState.value === 'live' && Date.now() - lastHeardMs.value > silenceMs) lost();
  }, 2000);
}
