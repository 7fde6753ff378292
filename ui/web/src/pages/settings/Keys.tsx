import { useState } from 'preact/hooks';
import { api, can, explain, session } from '../../lib/api';
import { ago, dateTime } from '../../lib/format';
import { useList } from '../../lib/hooks';
import type { Key } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { CopyButton } from '../../parts/CopyButton';
import { Trouble } from '../../parts/Sentence';

const roles = [
  ['ingest', 'may send metrics, not read'], ['read', 'may read, not change'], ['edit', 'may read, send and change alarms'], ['admin', 'may do everything'],
] as const;

const dayMs = 86_400_000;
const lifetimes: [string, number][] = [['Never', 0], ['In 30 days', 30], ['In 90 days', 90], ['In a year', 365]];

const day = (ms: number): string => new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

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

/** Who may send and read. */
export function Keys() {
  const project = session.value?.project ?? 'default';
  const { data, error, reload } = useList<Key>(`/api/app/keys?project=${encodeURIComponent(project)}`, 20_000);
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
      {data && keys.length === 0 && <p class="empty">{project === 'default' ? 'No keys yet. On this machine none is needed until a password is set.' : `No keys yet. A key made here sends to ${project} and to no other project.`}</p>}
      {keys.length > 0 && (
        <div class="card">
          <table class="table">
            <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col" class="not-phone">Begins with</th><th scope="col" class="right not-phone">Made</th><th scope="col" class="right">Last used</th><th scope="col" class="right not-phone">Expires</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
            <tbody>{keys.map((key) => (
              <tr key={key.id}>
                <td><b>{key.name}</b>{key.temporary && <span class="tag">{key.name === 'First run' ? 'first run' : 'for now'}</span>}{key.expired && <span class="tag bad">expired</span>}</td>
                <td>{key.role}</td>
                <td class="mono mut not-phone">{key.prefix}</td>
                <td class="right num mut not-phone" title={new Date(key.created_ms).toLocaleString()}>{dateTime(key.created_ms)}</td>
                <td class="right num mut">{key.last_used_ms ? ago(key.last_used_ms) : 'never'}</td>
                <td class="right num mut not-phone" title={key.expires_ms ? new Date(key.expires_ms).toLocaleString() : ''}>{key.expires_ms ? day(key.expires_ms) : 'never'}</td>
                <td class="right"><button type="button" class="link quiet" disabled={!can('admin')} title={can('admin') ? '' : 'Needs the admin role'} aria-label={`Delete ${key.name}`} onClick={() => remove(key)}>Delete</button></td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
