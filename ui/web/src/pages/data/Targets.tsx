import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { format } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import type { Target } from './types';
import { Time } from '../../parts/Time';

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

/** Whose metrics are fetched, and how that goes. */
export function Targets() {
  const { data, error, reload } = useList<Target>('/api/app/targets?limit=500', 5000);
  const targets = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = ({ id, url }: Target): void => leave(id, `Target ${url}`, async () => { await api(`/api/app/targets/${id}`, { method: 'DELETE' }); reload(); });
  const toggle = async ({ id, enabled }: Target): Promise<void> => { await api(`/api/app/targets/${id}`, { method: 'PATCH', body: { enabled: !enabled } }); reload(); };
  return (
    <section class="stack" aria-label="Targets">
      <NewTarget made={reload} />
      {error && <Trouble error={error} retry={reload} />}
      {data && targets.length === 0 && <p class="empty">Nothing is scraped. Paste the address of something that answers in Prometheus text, such as node-exporter.</p>}
      {targets.length > 0 && (
        <div class="card">
          <table class="table tall-rows">
            <thead><tr><th scope="col">Target</th><th scope="col" class="right not-phone">Every</th><th scope="col" class="right">Samples</th><th scope="col" class="right not-phone">Took</th><th scope="col" class="right not-narrow">Last</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>{targets.map((target) => {
              const { state } = target;
              return (
                <tr key={target.id} class={target.enabled ? '' : 'dim'}>
                  <td><i class={`dot ${target.enabled ? dots[state.health] : 'off'}`} aria-hidden="true" /><span class="stacked"><b>{target.job}</b><span class={state.last_error ? 'bad-text cut' : 'mono mut cut'}>{state.last_error || target.url}</span></span></td>
                  <td class="right num not-phone">{target.interval}</td>
                  <td class="right num">{state.samples.toLocaleString('en-US')}{state.refused > 0 && <span class="bad-text"> {state.refused} refused</span>}</td>
                  <td class="right num not-phone">{state.last_scrape_ms ? format(state.duration_ms, { kind: 'milliseconds' }) : '–'}</td>
                  <td class="right num mut not-narrow">{state.last_scrape_ms ? <Time ms={state.last_scrape_ms} as="ago" /> : 'soon'}</td>
                  <td class="right row-links"><button type="button" class="link" {...needs('edit')} aria-label={`${target.enabled ? 'Pause' : 'Go on with'} ${target.url}`} onClick={() => void toggle(target)}>{target.enabled ? 'Pause' : 'Go on'}</button><button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${target.url}`} onClick={() => remove(target)}>Delete</button></td>
                </tr>
              );
            })}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
