import { useState } from 'preact/hooks';
import { useList, useLoad } from '../lib/hooks';
import { navigate, path } from '../lib/router';
import { useKey, useRowKeys } from '../lib/rows';
import type { Check } from '../lib/types';
import { gone } from '../lib/undo';
import { Icon } from '../parts/icons';
import { Sentence, Trouble } from '../parts/Sentence';
import { Shell } from '../parts/Shell';
import { CheckForm } from './checks/CheckForm';
import { CheckList } from './checks/CheckList';
import { Heartbeats } from './checks/Heartbeats';
import { historiesOf } from './checks/history';
import { CheckPage } from './checks/CheckPage';
import { Incidents } from './checks/Incidents';
import { StatusPages } from './checks/StatusPages';
import { Summary } from './checks/Summary';
import { isHeartbeat } from './checks/words';

function All() {
  const { data, error, reload } = useList<Check>('/api/app/checks?limit=500', 5000);
  const [adding, setAdding] = useState<'check' | 'heartbeat' | null>(null);
  useKey('n', () => setAdding('check'), 'New check');
  useRowKeys();
  const checks = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const probes = checks.filter((check) => !isHeartbeat(check)), beats = checks.filter(isHeartbeat);
  const histories = useLoad(() => historiesOf(checks), 300_000, checks.map(({ id }) => id).join()).data;
  probes.sort((a, b) => a.name.localeCompare(b.name));
  const actions = <><button type="button" class="btn" onClick={() => setAdding('heartbeat')}><Icon name="plus" size={14} />Heartbeat</button><button type="button" class="btn primary" onClick={() => setAdding('check')}><Icon name="plus" size={14} />Check</button></>;
  return (
    <Shell title="Health" actions={actions}>
      {error && <Trouble error={error} retry={reload} />}
      {checks.length > 0 && <Summary checks={checks} histories={histories} />}
      <div class="stack">
        {adding && <CheckForm key={adding} check={null} {...(adding === 'heartbeat' ? { kind: 'heartbeat' } : {})} saved={({ id }) => navigate(`/checks/${id}`)} cancel={() => setAdding(null)} />}
        {data && checks.length === 0 && !adding && <><Sentence tone="plain" title="Nothing is being checked">Paste an address, and it is looked at every minute.</Sentence><CheckForm check={null} saved={({ id }) => navigate(`/checks/${id}`)} /></>}
        {probes.length > 0 && <CheckList checks={probes} histories={histories} />}
        {checks.length > 0 && <div class="pair"><div class="stack">{beats.length > 0 && <Heartbeats checks={beats} />}<Incidents /></div><StatusPages checks={checks} histories={histories} /></div>}
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
