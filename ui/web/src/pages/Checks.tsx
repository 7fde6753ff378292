import { useEffect, useState } from 'preact/hooks';
import { dateTime } from '../lib/format';
import { useList } from '../lib/hooks';
import { onKey } from '../lib/keys';
import { navigate, path } from '../lib/router';
import type { Check } from '../lib/types';
import { gone } from '../lib/undo';
import { Sentence, Trouble } from '../parts/Sentence';
import { Shell } from '../parts/Shell';
import { CheckForm } from './checks/CheckForm';
import { CheckList, Heartbeats } from './checks/CheckList';
import { CheckPage } from './checks/CheckPage';
import { Incidents } from './checks/Incidents';
import { StatusPages } from './checks/StatusPages';
import { isHeartbeat } from './checks/words';
import { plural } from '../lib/format';

function Summary({ checks }: { checks: Check[] }) {
  const watched = checks.filter(({ enabled }) => enabled);
  const down = watched.filter(({ state }) => state === 'down'), slow = watched.filter(({ state }) => state === 'degraded');
  const worst = down[0] ?? slow[0];
  const more = worst && <><a href={`/checks/${worst.id}`}>{worst.name}</a>{worst.message ? `: ${worst.message}` : '.'}{worst.since_ms ? ` Since ${dateTime(worst.since_ms)}.` : ''}</>;
  if (down.length) return <Sentence tone="bad" title={`${plural(down.length, 'check is', 'checks are')} down`}>{more}</Sentence>;
  if (slow.length) return <Sentence tone="warn" title={`${plural(slow.length, 'check is', 'checks are')} slow`}>{more}</Sentence>;
  const waiting = watched.filter(({ state }) => state === 'unknown').length;
  if (waiting === watched.length) return <Sentence tone="plain" title="Looking for the first time" />;
  return <Sentence tone="ok" title={watched.length === 1 ? 'The check is up' : `All ${watched.length - waiting} checks are up`}>{waiting ? `${waiting} not looked at yet.` : null}</Sentence>;
}

function All() {
  const { data, error, reload } = useList<Check>('/api/app/checks?limit=500', 5000);
  const [adding, setAdding] = useState<'check' | 'heartbeat' | null>(null);
  useEffect(() => onKey('n', () => setAdding('check')), []);
  const checks = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const probes = checks.filter((check) => !isHeartbeat(check)), beats = checks.filter(isHeartbeat);
  const order = { down: 0, degraded: 1, unknown: 2, ok: 3 };
  probes.sort((a, b) => order[a.state] - order[b.state] || a.name.localeCompare(b.name));
  const actions = <><button type="button" class="btn" onClick={() => setAdding('heartbeat')}>Heartbeat</button><button type="button" class="btn primary" onClick={() => setAdding('check')}>Check</button></>;
  return (
    <Shell title="Health" actions={actions}>
      {error && <Trouble error={error} retry={reload} />}
      {checks.length > 0 && <Summary checks={checks} />}
      <div class="stack">
        {adding && <CheckForm key={adding} check={null} {...(adding === 'heartbeat' ? { kind: 'heartbeat' } : {})} saved={({ id }) => navigate(`/checks/${id}`)} cancel={() => setAdding(null)} />}
        {data && checks.length === 0 && !adding && <><Sentence tone="plain" title="Nothing is being checked">Paste an address, and it is looked at every minute.</Sentence><CheckForm check={null} saved={({ id }) => navigate(`/checks/${id}`)} /></>}
        {probes.length > 0 && <CheckList checks={probes} />}
        {beats.length > 0 && <Heartbeats checks={beats} />}
        {checks.length > 0 && <div class="pair"><Incidents /><StatusPages checks={checks} /></div>}
      </div>
    </Shell>
  );
}

/** Health: what is looked at from outside, and the jobs that report in. */
export function Checks() {
  const at = path.value;
  if (at === '/checks') return <All />;
  return <CheckPage key={at} id={decodeURIComponent(at.slice('/checks/'.length))} />;
}
