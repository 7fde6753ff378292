import type { Check, CheckState } from '../../lib/types';
import type { Tone } from '../../parts/icons';

export const stateWord: Record<CheckState, string> = { unknown: 'not looked yet', ok: 'up', degraded: 'slow', down: 'down' };
export const tone: Record<CheckState, Tone> = { unknown: 'plain', ok: 'ok', degraded: 'warn', down: 'bad' };
export const dot: Record<CheckState, string> = { unknown: 'off', ok: 'ok', degraded: 'warn', down: 'bad' };

export const isHeartbeat = ({ kind }: Pick<Check, 'kind'>): boolean => kind === 'heartbeat';

export interface Kind {
  kind: string;
  name: string;
  /** What its target is called, and an example of one. */
  target: string;
  example: string;
  /** The part of `expect` that most people need. */
  expect?: { field: string; name: string; example: string };
}

export const kinds: Kind[] = [
  { kind: 'http', name: 'HTTP', target: 'Address', example: 'https://example.com/health', expect: { field: 'text', name: 'The answer contains', example: 'ok' } },
  { kind: 'tcp', name: 'TCP port', target: 'Host and port', example: 'db.internal:5432' },
  { kind: 'dns', name: 'DNS name', target: 'Name', example: 'example.com' },
  { kind: 'tls', name: 'TLS certificate', target: 'Host and port', example: 'example.com:443' },
  { kind: 'postgresql', name: 'PostgreSQL', target: 'Address', example: 'postgresql://app@db.internal/app' },
  { kind: 'redis', name: 'Redis', target: 'Address', example: 'redis://cache.internal:6379' },
  { kind: 'disk', name: 'Disk', target: 'Path', example: '/' },
  { kind: 'memory', name: 'Memory', target: 'Nothing to name', example: '' },
  { kind: 'process', name: 'Process', target: 'Name of the program', example: 'nginx' },
  { kind: 'query', name: 'Query', target: 'PromQL with a comparison', example: 'sum(up) > 0' },
  { kind: 'heartbeat', name: 'Heartbeat', target: 'Nothing to name', example: '' },
];

export const kindOf = (name: string): Kind => kinds.find(({ kind }) => kind === name) ?? kinds[0]!;

/** The kind of check that somebody means who pastes this. */
export function guess(target: string): string {
  const text = target.trim();
  if (/^https?:\/\//i.test(text)) return 'http';
  if (/^postgres(ql)?:\/\//i.test(text)) return 'postgresql';
  if (/^rediss?:\/\//i.test(text)) return 'redis';
  if (/^\/\S*$/.test(text)) return 'disk';
  if (/^\[?[\w.:-]+\]?:(443|465|636|993|995)$/.test(text)) return 'tls';
  if (/^\[?[\w.:-]+\]?:\d+$/.test(text)) return 'tcp';
  if (/^[\w-]+(\.[\w-]+)+$/.test(text)) return 'dns';
  return /[({<>=]/.test(text) ? 'query' : 'process';
}

/** A short name for what is looked at, where nobody gave one. */
export function nameFor(target: string): string {
  const bare = target.trim().replace(/^\w+:\/\//, '').replace(/^[^@/]*@/, '');
  return bare.replace(/\/$/, '').slice(0, 60);
}
