import { useState } from 'preact/hooks';
import { loadAlarms } from '../../lib/alarms';
import { api, explain, needs } from '../../lib/api';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';

interface Starter { id: string; title: string; text: string; arrives: boolean; installed: boolean; rules: { name: string }[] }

/** Sets of alarms for what many people run, made at one click. */
export function Starters() {
  const { data, reload } = useList<Starter>('/api/app/starters', 60_000);
  const [busy, setBusy] = useState(''), [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const add = async (id: string): Promise<void> => {
    setBusy(id);
    try {
      await api(`/api/app/starters/${id}`, { method: 'POST', body: {} });
      setError(null);
      reload();
      await loadAlarms();
    } catch (cause) {
      setError(explain(cause));
    }
    setBusy('');
  };
  const open = (data ?? []).filter(({ installed }) => !installed);
  if (open.length === 0) return null;
  return (
    <div class="card">
      <header><h2>Sets to start with</h2><p>quiet on healthy data; made at one click</p></header>
      {error && <Trouble error={error} />}
      <table class="table tall-rows"><tbody>{open.map(({ id, title, text, arrives, rules: each }) => (
        <tr key={id} class={arrives ? '' : 'waits'}><td><span class="stacked"><b>{title}</b><span class="mut starter" title={each.map(({ name }) => name).join(', ')}>{arrives ? text : `${text} Nothing of it arrives yet.`}</span></span></td>
          <td class="right num mut not-phone">{plural(each.length, 'alarm')}</td>
          <td class="right"><button type="button" class="btn small" {...needs('edit', busy !== '')} aria-label={`Add the alarms for ${title}`} onClick={() => void add(id)}>{busy === id ? 'Adding' : 'Add'}</button></td></tr>
      ))}</tbody></table>
    </div>
  );
}
