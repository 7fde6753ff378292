import { useRef, useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { useList } from '../../lib/hooks';
import type { Channel, Check } from '../../lib/types';
import { Trial, useTrial } from './Trial';
import { guess, kindOf, kinds, nameFor } from './words';

interface Draft {
  name: string;
  kind: string;
  target: string;
  interval: string;
  timeout: string;
  retries: string;
  degraded: string;
  expect: string;
  schedule: string;
  grace: string;
  channels: string[];
  ready: boolean;
}

const empty: Draft = { name: '', kind: 'http', target: '', interval: '1m', timeout: '10s', retries: '2', degraded: '', expect: '', schedule: '', grace: '', channels: [], ready: false };

function draftOf(check: Check | null, kind: string | undefined): Draft {
  if (!check) return { ...empty, kind: kind ?? 'http', ...(kind === 'heartbeat' ? { schedule: '0 3 * * *', grace: '30m' } : {}) };
  const shown = kindOf(check.kind).expect;
  return {
    name: check.name, kind: check.kind, target: check.target, interval: check.interval, timeout: check.timeout, retries: String(check.retries), degraded: check.degraded_ms ? String(check.degraded_ms) : '',
    expect: shown ? String(check.expect[shown.field] ?? '') : '', schedule: check.schedule ?? '', grace: check.grace ?? '', channels: check.channels, ready: check.ready,
  };
}

/** What is sent: only what the kind has, so that the server's defaults stay in force. */
function bodyOf(draft: Draft, check: Check | null): Record<string, unknown> {
  const shown = kindOf(draft.kind).expect, heartbeat = draft.kind === 'heartbeat';
  const expect = { ...(check?.expect ?? {}) };
  if (shown) {
    if (draft.expect) expect[shown.field] = draft.expect;
    else delete expect[shown.field];
  }
  return {
    name: draft.name.trim() || nameFor(draft.target), kind: draft.kind, channels: draft.channels, ready: draft.ready, expect,
    ...(check ? { settings: check.settings, depends_on: check.depends_on, enabled: check.enabled } : {}),
    ...(draft.target.trim() ? { target: draft.target.trim() } : {}),
    ...(heartbeat ? { ...(draft.schedule.trim() ? { schedule: draft.schedule.trim() } : { interval: draft.interval }), grace: draft.grace || '5m' }
      : { interval: draft.interval, timeout: draft.timeout, retries: Number(draft.retries), degraded_ms: Number(draft.degraded) || 0 }),
  };
}

interface FormProps { check: Check | null; kind?: string; saved: (check: Check) => void; cancel?: () => void }

/** Adding a check, or changing one. The kind is guessed from what is pasted. */
export function CheckForm({ check, kind, saved, cancel }: FormProps) {
  const [draft, setDraft] = useState(() => draftOf(check, kind));
  const [error, setError] = useState<{ message: string; hint: string } | null>(null), [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState(check !== null || kind !== undefined);
  const channels = useList<Channel>('/api/app/channels', 0).data ?? [];
  const about = kindOf(draft.kind), heartbeat = draft.kind === 'heartbeat';
  const change = (part: Partial<Draft>): void => { setError(null); setDraft((before) => ({ ...before, ...part })); };
  const latest = useRef(draft);
  latest.current = draft;
  const trial = useTrial(() => ({ ...bodyOf(latest.current, check), channels: [], ...(check ? { id: check.id } : {}) }));
  const retarget = (target: string): void => { trial.forget(); change({ target, ...(chosen ? {} : { kind: target.trim() ? guess(target) : 'http' }) }); };
  const look = (): void => { if (draft.target.trim()) trial.run(); };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!draft.name.trim() && !draft.target.trim()) return setError({ message: heartbeat ? 'Name the job.' : 'Say what to look at.', hint: '' });
    setBusy(true);
    try {
      const body = bodyOf(draft, check);
      saved(check ? await api<Check>(`/api/app/checks/${check.id}`, { method: 'PUT', body }) : await api<Check>('/api/app/checks', { method: 'POST', body }));
    } catch (cause) {
      setError(explain(cause));
      setBusy(false);
    }
  };
  const field = (name: keyof Draft, label: string, example = '', help = '') => (
    <label class="field"><span>{label}</span>
      <input value={String(draft[name])} placeholder={example} spellcheck={false} autocapitalize="none" onInput={(event) => change({ [name]: event.currentTarget.value })} />
      {help && <small class="mut">{help}</small>}
    </label>
  );
  return (
    <form class="card pad form check-form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>{check ? `Change ${check.name}` : heartbeat ? 'New heartbeat' : 'New check'}</h2>
      {!heartbeat && draft.kind !== 'memory' && (
        <label class="field"><span>{about.target}</span>
          <input value={draft.target} placeholder={about.example} spellcheck={false} autocapitalize="none" autofocus={!check}
            onInput={(event) => retarget(event.currentTarget.value)} onPaste={() => window.setTimeout(trial.run)} onChange={look} />
        </label>
      )}
      <div class="row-form even">
        {!heartbeat && <label class="field"><span>Kind</span>
          <select value={draft.kind} onChange={(event) => { setChosen(true); trial.forget(); change({ kind: event.currentTarget.value }); }}>{kinds.filter(({ kind: each }) => each !== 'heartbeat').map((each) => <option key={each.kind} value={each.kind}>{each.name}</option>)}</select></label>}
        {field('name', 'Name', heartbeat ? 'nightly-backup' : nameFor(draft.target) || 'Website')}
        {heartbeat ? field('schedule', 'Schedule (cron)', '0 3 * * *') : field('interval', 'Every', '1m')}
        {heartbeat && field('grace', 'May be late by', '30m')}
      </div>
      {about.expect && field('expect', about.expect.name, about.expect.example)}
      {!heartbeat && <Trial tried={trial.tried} run={trial.run} />}
      <fieldset class="ticks"><legend>Tell</legend>
        {channels.map(({ id, name }) => (
          <label key={id} class="tick"><input type="checkbox" checked={draft.channels.includes(id)} onChange={(event) => change({ channels: event.currentTarget.checked ? [...draft.channels, id] : draft.channels.filter((other) => other !== id) })} />{name}</label>
        ))}
        {channels.length === 0 && <span class="mut small-text">Nobody yet. <a class="link" href="/alerts/channels">Make a channel</a></span>}
      </fieldset>
      <details><summary>More</summary>
        {!heartbeat && <div class="row-form even">{field('timeout', 'Give up after', '10s')}{field('retries', 'Bad results before it is down', '2')}{field('degraded', 'Slow from (ms)', 'never')}</div>}
        <label class="tick"><input type="checkbox" checked={draft.ready} onChange={(event) => change({ ready: event.currentTarget.checked })} />/health/ready fails while it is down</label>
      </details>
      <p class="wrong" role="alert">{error && `${error.message} ${error.hint}`}</p>
      <div class="actions">
        <button class="btn primary" {...needs('edit', busy)}>{busy ? 'Saving' : check ? 'Save' : heartbeat ? 'Make heartbeat' : 'Save check'}</button>
        {cancel && <button type="button" class="btn ghost" onClick={cancel}>Cancel</button>}
      </div>
    </form>
  );
}
