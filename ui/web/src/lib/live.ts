import { signal } from '@preact/signals';
import { loginNeeded } from './api';
import { SharedStream } from './tabs';
import type { EventKind } from './stream';
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

const hiddenGraceMs = 60_000;

let stream: SharedStream | null = null;
let hiddenTimer: number | undefined;
let wasLost = false;

function heard(): void {
  lastHeardMs.value = Date.now();
  if (liveState.value === 'live') return;
  liveState.value = 'live';
  if (wasLost) freshness.value++;
  wasLost = false;
}

function dispatch<K extends EventKind>(kind: K, data: string): void {
  heard();
  let event: Events[K];
  try {
    event = JSON.parse(data) as Events[K];
  } catch {
    return;
  }
  if (kind === 'status') status.value = event as StatusEvent;
  for (const listener of listeners[kind]) listener(event);
}

function lost(): void {
  wasLost = true;
  liveState.value = 'lost';
}

function drop(): void {
  stream?.close();
  stream = null;
}

/** Keeps the stream of this page; a tab that stays hidden gives it up. */
export function startLive(): void {
  if (liveState.value === 'paused') return;
  drop();
  stream = new SharedStream({ event: dispatch, heard, lost });
}

export function stopLive(): void {
  drop();
}

export function toggleLive(): void {
  if (liveState.value === 'paused') {
    liveState.value = 'connecting';
    freshness.value++;
    startLive();
  } else {
    liveState.value = 'paused';
    drop();
  }
}

function visibilityChanged(): void {
  window.clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = window.setTimeout(() => { wasLost = true; drop(); }, hiddenGraceMs);
  else if (!stream && !loginNeeded.value && liveState.value !== 'paused') startLive();
}

export function watchConnection(): void {
  document.addEventListener('visibilitychange', visibilityChanged);
  window.addEventListener('online', () => stream?.hurry());
  window.addEventListener('offline', () => stream?.lost());
  window.addEventListener('pagehide', drop);
  window.addEventListener('pageshow', ({ persisted }) => { if (persisted && !stream && !loginNeeded.value) startLive(); });
}
