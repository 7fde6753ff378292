import { inProject } from './api';
import { Stream, type EventKind, type StreamListener } from './stream';

type Word = { word: 'event'; kind: EventKind; data: string } | { word: 'heard' | 'lost' | 'who' };

/** Of a tab that leads and says nothing for so long, another takes over. */
const patienceMs = 45_000;

/**
 * The stream as the tabs of one browser share it: the one that holds the lock keeps the connection, the others hear it
 * from that one. A browser has six connections to a server, so a seventh tab with a stream of its own would hang.
 * Where there are no locks (they need a secure origin), each tab has its own.
 */
export class SharedStream {
  private stream: Stream | null = null;
  private readonly name = `plimsoll ${inProject('live')}`;
  private readonly channel = new BroadcastChannel(this.name);
  private readonly leaving = new AbortController();
  private readonly patience: number;
  private wordMs = Date.now();
  private state: 'new' | 'heard' | 'lost' = 'new';
  private last = '';
  private release: (() => void) | null = null;

  constructor(private readonly listener: StreamListener) {
    this.channel.onmessage = ({ data }: MessageEvent<Word>) => this.told(data);
    this.patience = window.setInterval(() => { if (!this.stream && !document.hidden && Date.now() - this.wordMs > patienceMs) this.queue(true); }, 5000);
    this.queue(false);
    this.channel.postMessage({ word: 'who' });
  }

  close(): void {
    window.clearInterval(this.patience);
    this.leaving.abort();
    this.yield();
    this.channel.close();
  }

  hurry(): void {
    this.stream?.hurry();
  }

  lost(): void {
    this.stream?.lost();
  }

  private queue(steal: boolean): void {
    if (!('locks' in navigator)) return this.lead();
    this.wordMs = Date.now();
    const held = (): Promise<void> => new Promise((done) => { this.release = done; this.lead(); });
    // Refused is who leaves the queue, and who lost the lead to a tab that lost patience: that one goes on listening.
    navigator.locks.request(this.name, steal ? { steal: true } : { signal: this.leaving.signal }, held)
      .catch(() => { this.yield(); if (!this.leaving.signal.aborted && !steal) this.queue(false); });
  }

  private lead(): void {
    if (this.leaving.signal.aborted) return this.yield();
    const { listener } = this;
    this.stream = new Stream({
      event: (kind, data) => { if (kind === 'status') this.last = data; this.say({ word: 'event', kind, data }); listener.event(kind, data); },
      heard: () => { if (this.state !== 'heard') this.say({ word: 'heard' }); this.state = 'heard'; listener.heard(); },
      lost: () => { this.say({ word: 'lost' }); this.state = 'lost'; listener.lost(); },
    });
  }

  private yield(): void {
    this.stream?.close();
    this.stream = null;
    this.release?.();
    this.release = null;
  }

  private say(word: Word): void {
    this.channel.postMessage(word);
  }

  private told(said: Word): void {
    if (said.word === 'who') return this.answer();
    if (this.stream) return;
    this.wordMs = Date.now();
    if (said.word === 'event') this.listener.event(said.kind, said.data);
    else this.listener[said.word]();
  }

  /** A tab that has just come learns how things are. */
  private answer(): void {
    if (!this.stream || this.state === 'new') return;
    this.say({ word: this.state });
    if (this.state === 'heard' && this.last) this.say({ word: 'event', kind: 'status', data: this.last });
  }
}
