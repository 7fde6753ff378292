import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { lasting, plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';

type State = 'investigating' | 'identified' | 'monitoring' | 'resolved';

interface Incident { id: string; title: string; impact: 'down' | 'slow'; state: State; started_ms: number; resolved_ms: number | null; updates: { id: string; at_ms: number; state: State; text: string; by?: string }[] }

const states: State[] = ['investigating', 'identified', 'monitoring', 'resolved'];

function failure(cause: unknown): string {
  const { message, hint } = explain(cause);
  return `${message} ${hint}`.trim();
}

function NewIncident({ done }: { done: () => void }) {
  const [title, setTitle] = useState(''), [impact, setImpact] = useState<Incident['impact']>('down'), [text, setText] = useState(''), [error, setError] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await api('/api/app/incidents', { method: 'POST', body: { title: title.trim(), impact, ...(text.trim() ? { text: text.trim() } : {}) } });
      done();
    } catch (cause) {
      setError(failure(cause));
    }
  };
  return (
    <form class="form letter" onSubmit={(event) => void submit(event)} noValidate>
      <div class="row-form even"><label class="field"><span>What happened</span><input value={title} maxLength={200} placeholder="Errors from the API" onInput={(event) => { setTitle(event.currentTarget.value); setError(''); }} /></label>
        <label class="field"><span>How bad</span><select value={impact} onChange={(event) => setImpact(event.currentTarget.value as Incident['impact'])}><option value="down">down</option><option value="slow">slow</option></select></label></div>
      <label class="field"><span>First update</span><textarea rows={2} value={text} placeholder="We are looking." onInput={(event) => setText(event.currentTarget.value)} /></label>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn primary" {...needs('edit')}>Tell everybody</button><button type="button" class="btn ghost" onClick={done}>Cancel</button></div>
    </form>
  );
}

function Update({ incident, done }: { incident: Incident; done: () => void }) {
  const [state, setState] = useState<State>(incident.state === 'resolved' ? 'resolved' : 'monitoring'), [text, setText] = useState(''), [error, setError] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await api(`/api/app/incidents/${incident.id}/updates`, { method: 'POST', body: { state, text: text.trim() } });
      done();
    } catch (cause) {
      setError(failure(cause));
    }
  };
  const remove = (): void => leave(incident.id, `Incident ${incident.title}`, async () => { await api(`/api/app/incidents/${incident.id}`, { method: 'DELETE' }); done(); });
  return (
    <form class="form letter" onSubmit={(event) => void submit(event)} noValidate>
      <ul class="updates">{incident.updates.map(({ id, at_ms: at, state: then, text: said, by }) => <li key={id}><b>{then}</b> <span class="mut"><Time ms={at} />{by && ` by ${by}`}</span><p>{said}</p></li>)}</ul>
      <div class="segments tall" role="group" aria-label="It is now">{states.map((each) => <button type="button" key={each} aria-pressed={state === each} onClick={() => setState(each)}>{each}</button>)}</div>
      <label class="field"><span>Update</span><textarea rows={2} value={text} onInput={(event) => { setText(event.currentTarget.value); setError(''); }} /></label>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn" {...needs('edit')}>Add update</button><button type="button" class="btn ghost" {...needs('edit')} onClick={remove}>Delete incident</button></div>
    </form>
  );
}

/** What is told of trouble, by people. */
export function Incidents() {
  const { data, error, reload } = useList<Incident>('/api/app/incidents?limit=20', 30_000);
  const [open, setOpen] = useState<string | null>(null);
  const incidents = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const done = (): void => { setOpen(null); reload(); };
  return (
    <div class="card pad">
      <div class="channel-head"><h2>Incidents</h2><span class="grow" /><button type="button" class="link" {...needs('edit')} onClick={() => setOpen('new')}>New incident</button></div>
      {error && <Trouble error={error} retry={reload} />}
      {open === 'new' && <NewIncident done={done} />}
      {data && incidents.length === 0 && open !== 'new' && <p class="mut">None was told of.</p>}
      {incidents.map((incident) => (
        <div key={incident.id}>
          <button type="button" class="incident" aria-expanded={open === incident.id} onClick={() => setOpen(open === incident.id ? null : incident.id)}>
            <i class={`dot ${incident.state === 'resolved' ? 'off' : incident.impact === 'down' ? 'bad' : 'warn'}`} aria-hidden="true" /><b>{incident.title}</b>
            <span class="mut">{incident.state}, <Time ms={incident.started_ms} as={incident.resolved_ms ? 'date' : 'ago'} />{incident.resolved_ms && `, ${lasting(incident.resolved_ms - incident.started_ms)}`}, {plural(incident.updates.length, 'update')}</span></button>
          {open === incident.id && <Update incident={incident} done={done} />}
        </div>
      ))}
    </div>
  );
}
