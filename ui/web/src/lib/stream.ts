import { inProject, loadSession, loginNeeded } from './api';

export const eventKinds = ['sample', 'rejected', 'episode', 'status'] as const;
export type EventKind = (typeof eventKinds)[number];

/** What the stream tells its owner: an event with its data as text, that the server answers, that the connection is lost. */
export interface StreamListener {
  event: (kind: EventKind, data: string) => void;
  heard: () => void;
  lost: () => void;
}

const silenceMs = 20_000;
const longestWaitMs = 30_000;

/** The event stream of the server: comes back by itself, later each time, never all browsers at once. */
export class Stream {
  private source: EventSource | null = null;
  private retry: number | undefined;
  private failures = 0;
  private heardMs = Date.now();
  /** Which attempt is under way; what an earlier one finds out is not asked for any more. */
  private attempt = 0;
  private readonly watch: number;

  constructor(private readonly listener: StreamListener) {
    this.watch = window.setInterval(() => { if (this.source && Date.now() - this.heardMs > silenceMs) this.lost(); }, 2000);
    this.open();
  }

  close(): void {
    window.clearInterval(this.watch);
    this.drop();
  }

  /** The network is back: there is no reason to wait. */
  hurry(): void {
    if (this.source) return;
    this.failures = 0;
    void this.reconnect();
  }

  lost(): void {
    this.drop();
    const wait = Math.min(longestWaitMs, 1000 * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures++;
    this.retry = window.setTimeout(() => void this.reconnect(), wait);
    this.listener.lost();
  }

  private drop(): void {
    this.source?.close();
    this.source = null;
    window.clearTimeout(this.retry);
    this.attempt++;
  }

  private heard(): void {
    this.heardMs = Date.now();
    this.failures = 0;
    this.listener.heard();
  }

  private open(): void {
    this.drop();
    this.heardMs = Date.now();
    const source = new EventSource(inProject('/api/app/live'));
    this.source = source;
    source.onopen = () => this.heard();
    source.onerror = () => this.lost();
    source.addEventListener('hello', () => this.heard());
    for (const kind of eventKinds)
      source.addEventListener(kind, (message) => { this.heard(); this.listener.event(kind, (message as MessageEvent<string>).data); });
  }

  /** A stream that was refused may mean that the session ended: the session tells, the stream cannot. */
  private async reconnect(): Promise<void> {
    this.drop();
    const mine = this.attempt;
    const known = await loadSession().then(() => true, () => false);
    if (this.attempt !== mine) return;
    if (!known) this.lost();
    else if (!loginNeeded.value) this.open();
  }
}
