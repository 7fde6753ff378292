import { useState } from 'preact/hooks';
import { api, can, explain, needs, session } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { useList } from '../../lib/hooks';
import type { Key } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { CopyButton } from '../../parts/CopyButton';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';

const roles = [
  ['ingest', 'may send metrics, not read'], ['read', 'may read, not change'], ['edit', 'may read, send and change alarms'], ['admin', 'may do everything'],
] as const;

const dayMs = 86_400_000;
const lifetimes: [string, number][] = [['Never', 0], ['In 30 days', 30], ['In 90 days', 90], ['In a year', 365]];

interface Fresh { id: string; key: string; name: string }

function NewKey({ made }: { made: (fresh: Fresh) => void }) {
  const [name, setName] = useState(''), [role, setRole] = useState('ingest'), [days, setDays] = useState(0);
  const [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const allowed = can('admin');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!name.trim()) return setError('Name it after what will use it.');
    setBusy(true);
    try {
      const answer = await api<{ id: string; key: string }>('/api/app/keys', { method: 'POST', body: { name: name.trim(), role, expires_ms: days ? Date.now() + days * dayMs : null } });
      made({ ...answer, name: name.trim() });
      setName('');
    } catch (cause) {
      setError(explain(cause).message);
    }
    setBusy(false);
  };
  return (
    <form class="card pad form row-form three" onSubmit={(event) => void submit(event)} noValidate>
      <label class="field"><span>Name</span>
        <input value={name} placeholder="web-1" maxLength={100} disabled={!allowed} aria-invalid={error !== ''} aria-describedby="key-error" onInput={(event) => { setName(event.currentTarget.value); setError(''); }} />
      </label>
      <label class="field"><span>Role</span>
        <select value={role} disabled={!allowed} onChange={(event) => setRole(event.currentTarget.value)}>{roles.map(([id, what]) => <option key={id} value={id}>{id}: {what}</option>)}</select>
      </label>
      <label class="field"><span>Expires</span>
        <select value={days} disabled={!allowed} onChange={(event) => setDays(Number(event.currentTarget.value))}>{lifetimes.map(([text, count]) => <option key={count} value={count}>{text}</option>)}</select>
      </label>
      <button class="btn primary" disabled={busy || !allowed}>Make key</button>
      <p class="wrong" id="key-error" role="alert">{allowed ? error : 'Needs the admin role.'}</p>
    </form>
  );
}

function ShownOnce({ fresh }: { fresh: Fresh }) {
  return (
    <div class="card pad once" role="status">
      <p><b>{fresh.name}</b> is made. This is the only time the key is shown.</p>
      <div class="once-key"><code class="mono">{fresh.key}</code><CopyButton text={() => fresh.key} /></div>
    </div>
  );
}

const columnsOf = (remove: (key: Key) => void): Column<Key>[] => [
  { id: 'name', name: 'Name', up: true, value: ({ name }) => name, cell: (key) => <><b>{key.name}</b>{key.temporary && <span class="tag">{key.name === 'First run' ? 'first run' : 'for now'}</span>}{key.expired && <span class="tag bad">expired</span>}</> },
  { id: 'role', name: 'Role', up: true, value: ({ role }) => role },
  { id: 'prefix', name: 'Begins with', up: true, class: 'mut not-phone', value: ({ prefix }) => prefix, cell: ({ prefix }) => <span class="mono">{prefix}</span> },
  { id: 'made', name: 'Made', right: true, class: 'mut not-phone', value: (key) => key.created_ms, file: (key) => isoOf(key.created_ms), cell: (key) => <Time ms={key.created_ms} /> },
  { id: 'used', name: 'Last used', right: true, class: 'mut', value: (key) => key.last_used_ms, file: (key) => isoOf(key.last_used_ms), cell: (key) => (key.last_used_ms ? <Time ms={key.last_used_ms} as="ago" /> : 'never') },
  { id: 'expires', name: 'Expires', right: true, class: 'mut not-phone', up: true, value: (key) => key.expires_ms, file: (key) => isoOf(key.expires_ms), cell: (key) => (key.expires_ms ? <Time ms={key.expires_ms} as="day" /> : 'never') },
  { id: 'do', name: 'Delete', unseen: true, unsorted: true, right: true, value: () => null, cell: (key) => <button type="button" class="link quiet" {...needs('admin')} aria-label={`Delete ${key.name}`} onClick={() => remove(key)}>Delete</button> },
];

/** Who may send and read. */
export function Keys() {
  const project = session.value?.project ?? 'default';
  const { data, error, reload } = useList<Key>(can('admin') ? `/api/app/keys?project=${encodeURIComponent(project)}` : '', 20_000);
  const [fresh, setFresh] = useState<Fresh | null>(null);
  const keys = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = (key: Key): void => leave(key.id, `Key ${key.name}`, async () => {
    await api(`/api/app/keys/${key.id}`, { method: 'DELETE' });
    if (fresh?.id === key.id) setFresh(null);
    reload();
  });
  return (
    <section class="narrow" aria-label="Keys">
      <NewKey made={(next) => { setFresh(next); reload(); }} />
      {fresh && <ShownOnce fresh={fresh} />}
      {error && <Trouble error={error} retry={reload} />}
      {can('admin') && data && keys.length === 0 && <p class="empty">{project === 'default' ? 'No keys yet. On this machine none is needed until a password is set.' : `No keys yet. A key made here sends to ${project} and to no other project.`}</p>}
      {keys.length > 0 && (
        <div class="card">
          <Table name="Keys" columns={columnsOf(remove)} rows={keys} rowKey={({ id }) => id} usual={{ by: 'made', up: false }} />
        </div>
      )}
    </section>
  );
}
