import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { format } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import type { Target } from './types';

function NewTarget({ made }: { made: () => void }) {
  const [url, setUrl] = useState(''), [job, setJob] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await api('/api/app/targets', { method: 'POST', body: { url: url.trim(), ...(job.trim() ? { job: job.trim() } : {}) } });
      setUrl('');
      setJob('');
      made();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
    }
    setBusy(false);
  };
  return (
    <form class="card pad form row-form" onSubmit={(event) => void submit(event)} noValidate>
      <label class="field"><span>Job</span><input value={job} placeholder="node" maxLength={100} spellcheck={false} onInput={(event) => setJob(event.currentTarget.value)} /></label>
      <label class="field"><span>Address</span><input type="url" value={url} placeholder="http://localhost:9100/metrics" spellcheck={false} aria-invalid={error !== ''} aria-describedby="target-error" onInput={(event) => { setUrl(event.currentTarget.value); setError(''); }} /></label>
      <button class="btn primary" {...needs('edit', busy)}>{busy ? 'Adding' : 'Scrape it'}</button>
      <p class="wrong" id="target-error" role="alert">{error}</p>
    </form>
  );
}

const dots = { up: 'ok', down: 'bad', unknown: 'off' };

interface Doing { toggle: (target: Target) => void; remove: (target: Target) => void }

const nameOf = ({ enabled, job, url, state }: Target) => <><i class={`dot ${enabled ? dots[state.health] : 'off'}`} aria-hidden="true" /><span class="stacked"><b>{job}</b><span class={state.last_error ? 'bad-text cut' : 'mono mut cut'} title={state.last_error ? `${url}\n${state.last_error}` : url}>{state.last_error || url}</span></span></>;
const samples = ({ state }: Target) => <>{state.samples.toLocaleString('en-US')}{state.refused > 0 && <span class="bad-text"> {state.refused} refused</span>}</>;
const took = ({ state }: Target): string => (state.last_scrape_ms ? format(state.duration_ms, { kind: 'milliseconds' }) : '–');
const last = ({ state }: Target) => (state.last_scrape_ms ? <Time ms={state.last_scrape_ms} as="ago" /> : 'soon');

function Actions({ target, doing }: { target: Target; doing: Doing }) {
  const { enabled, url } = target;
  return (
    <span class="row-links"><button type="button" class="link" {...needs('edit')} aria-label={`${enabled ? 'Pause' : 'Go on with'} ${url}`} onClick={() => doing.toggle(target)}>{enabled ? 'Pause' : 'Go on'}</button>
      <button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${url}`} onClick={() => doing.remove(target)}>Delete</button></span>
  );
}

const columnsOf = (doing: Doing): Column<Target>[] => [
  { id: 'target', name: 'Target', up: true, value: ({ job, url }) => `${job} ${url}`, file: ({ job }) => job, cell: nameOf },
  { id: 'url', name: 'Address', filed: true, value: ({ url }) => url },
  { id: 'every', name: 'Every', right: true, value: ({ interval }) => interval },
  { id: 'samples', name: 'Samples', right: true, value: ({ state }) => state.samples, cell: samples },
  { id: 'took', name: 'Took', right: true, value: ({ state }) => (state.last_scrape_ms ? state.duration_ms : null), cell: took },
  { id: 'last', name: 'Last', right: true, class: 'mut', value: ({ state }) => state.last_scrape_ms || null, file: ({ state }) => isoOf(state.last_scrape_ms), cell: last },
  { id: 'error', name: 'Error', filed: true, value: ({ state }) => state.last_error ?? null },
  { id: 'do', name: 'What to do', unseen: true, unsorted: true, right: true, value: () => null, cell: (target) => <Actions target={target} doing={doing} /> },
];

const cardOf = (doing: Doing) => (target: Target) => (
  <div class="row-card"><span class="wide">{nameOf(target)}</span><span class="num">{samples(target)} <span class="mut">samples</span></span><span class="mut num right">{last(target)}</span><span class="mut num">every {target.interval}, took {took(target)}</span><span class="right"><Actions target={target} doing={doing} /></span></div>
);

/** Whose metrics are fetched, and how that goes. */
export function Targets() {
  const { data, error, reload } = useList<Target>('/api/app/targets?limit=500', 5000);
  const targets = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = ({ id, url }: Target): void => leave(id, `Target ${url}`, async () => { await api(`/api/app/targets/${id}`, { method: 'DELETE' }); reload(); });
  const toggle = async ({ id, enabled }: Target): Promise<void> => { await api(`/api/app/targets/${id}`, { method: 'PATCH', body: { enabled: !enabled } }); reload(); };
  const doing: Doing = { remove, toggle: (target) => void toggle(target) };
  return (
    <section class="stack" aria-label="Targets">
      <NewTarget made={reload} />
      {error && <Trouble error={error} retry={reload} />}
      {data && targets.length === 0 && <p class="empty">Nothing is scraped. Paste the address of something that answers in Prometheus text, such as node-exporter.</p>}
      {targets.length > 0 && (
        <div class="card">
          <Table name="Targets" tall columns={columnsOf(doing)} rows={targets} rowKey={({ id }) => id} usual={{ by: 'target', up: true }} rowClass={({ enabled }) => (enabled ? '' : 'dim')} card={cardOf(doing)} />
        </div>
      )}
    </section>
  );
}
