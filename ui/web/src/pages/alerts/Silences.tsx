import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { firing } from '../../lib/alarms';
import { api, explain, needs } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { dateTime, lasting } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { search } from '../../lib/router';
import type { Episode, Maintenance, Matcher, Silence } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time, Until } from '../../parts/Time';
import { untilMorning } from './lengths';

const hour = 36e5;

const lengths: [string, (nowMs: number) => number][] = [
  ['1 h', (now) => now + hour], ['4 h', (now) => now + 4 * hour], ['until 9:00', untilMorning], ['1 day', (now) => now + 24 * hour], ['1 week', (now) => now + 168 * hour],
];

/** `alertname="CPU", host=~"web.*"` as matchers; null where it cannot be read. */
export function readMatchers(text: string): Matcher[] | null {
  const found: Matcher[] = [];
  for (const part of text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []) {
    const match = /^\s*([\w.:-]+)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*$/.exec(part);
    if (!match) return null;
    found.push({ name: match[1]!, op: match[2] as Matcher['op'], value: match[3]?.replace(/\\(.)/g, '$1') ?? match[4] ?? '' });
  }
  return found.length ? found : null;
}

export const matchersText = (matchers: Matcher[]): string => matchers.map(({ name, op, value }) => `${name}${op}"${value.replace(/(["\\])/g, '\\$1')}"`).join(', ');

/** The episode that somebody means who silences an alarm by its name: the latest of those that fire. */
const meant = (matchers: Matcher[] | null): Episode | undefined => {
  const name = matchers?.find(({ name: label, op }) => label === 'alertname' && op === '=')?.value;
  return firing.value.find(({ rule_name: fires }) => fires === name);
};

function until(silence: Silence): ComponentChildren {
  const { starts_ms: starts, ends_ms: ends } = silence, now = Date.now();
  if (starts > now) return <>from <Time ms={starts} /></>;
  return silence.until_episode ? 'until it ends' : <Until ms={ends}>{dateTime(ends)}, {lasting(ends - now)} more</Until>;
}

type End = (silence: Silence) => void;

const what = ({ matchers, comment }: Silence) => <span class="stacked"><span class="mono cut" title={matchersText(matchers)}>{matchersText(matchers)}</span>{comment && <span class="mut cut">{comment}</span>}</span>;
const EndButton = ({ silence, end }: { silence: Silence; end: End }) => <button type="button" class="link quiet" {...needs('edit')} aria-label={`End the silence of ${matchersText(silence.matchers)}`} onClick={() => end(silence)}>End</button>;

const columnsOf = (end: End): Column<Silence>[] => [
  { id: 'what', name: 'What', up: true, value: ({ matchers }) => matchersText(matchers), cell: what },
  { id: 'why', name: 'Why', filed: true, value: ({ comment }) => comment },
  { id: 'from', name: 'From', filed: true, value: ({ starts_ms: ms }) => isoOf(ms) },
  { id: 'until', name: 'Until', up: true, class: 'num', value: ({ ends_ms: ms }) => ms, file: ({ ends_ms: ms, until_episode: episode }) => (episode ? 'it ends' : isoOf(ms)), cell: until },
  { id: 'by', name: 'By', up: true, class: 'mut', value: ({ created_by: who }) => who },
  { id: 'do', name: 'End', unseen: true, unsorted: true, right: true, value: () => null, cell: (silence) => <EndButton silence={silence} end={end} /> },
];

const cardOf = (end: End) => (silence: Silence) => (
  <div class="row-card"><span>{what(silence)}</span><span class="right"><EndButton silence={silence} end={end} /></span><span class="mut num wide">{until(silence)}{silence.created_by && `, by ${silence.created_by}`}</span></div>
);

function NewSilence({ made }: { made: () => void }) {
  const [text, setText] = useState(() => search.value.get('silence') ?? (firing.value[0] ? `alertname="${firing.value[0].rule_name}"` : ''));
  const [length, setLength] = useState<number | 'episode'>(0), [comment, setComment] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const matchers = readMatchers(text);
    const episode = length === 'episode' ? meant(matchers) : undefined;
    if (!matchers) return setError('Say what to silence, like alertname="CPU is high", host="web-1".');
    if (length === 'episode' && !episode) return setError('Nothing that matches fires now. Choose a length of time.');
    setBusy(true);
    try {
      await api('/api/app/silences', { method: 'POST', body: { matchers, starts_ms: Date.now(), comment, ...(length === 'episode' ? { until_episode: episode?.id } : { ends_ms: lengths[length]![1](Date.now()) }) } });
      setComment('');
      made();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
    }
    setBusy(false);
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>Silence</h2>
      <label class="field"><span>What matches</span><input class="mono" value={text} placeholder={'alertname="CPU is high", host=~"web.*"'} spellcheck={false} aria-invalid={error !== ''} aria-describedby="silence-error" onInput={(event) => { setText(event.currentTarget.value); setError(''); }} /></label>
      <div class="segments tall" role="group" aria-label="For how long">{lengths.map(([name], i) => <button type="button" key={name} aria-pressed={length === i} onClick={() => setLength(i)}>{name}</button>)}
        {meant(readMatchers(text)) && <button type="button" aria-pressed={length === 'episode'} onClick={() => setLength('episode')}>until it ends</button>}</div>
      <label class="field"><span>Why</span><input value={comment} maxLength={500} placeholder="Deploying the new index" onInput={(event) => setComment(event.currentTarget.value)} /></label>
      <p class="wrong" id="silence-error" role="alert">{error}</p>
      <div class="actions"><button class="btn primary" {...needs('edit', busy)}>{busy ? 'Saving' : 'Silence it'}</button></div>
    </form>
  );
}

function NewWindow({ made }: { made: () => void }) {
  const [name, setName] = useState(''), [schedule, setSchedule] = useState('0 3 * * 0'), [duration, setDuration] = useState('1h'), [error, setError] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await api('/api/app/maintenance', { method: 'POST', body: { name: name.trim() || 'Maintenance', schedule, duration, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone } });
      setName('');
      made();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
    }
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>Maintenance</h2>
      <p class="mut">A window that comes again. Nothing is told in it, and it does not count against uptime.</p>
      <div class="row-form even">
        <label class="field"><span>Name</span><input value={name} maxLength={100} placeholder="Weekly backup" onInput={(event) => setName(event.currentTarget.value)} /></label>
        <label class="field"><span>Begins (cron)</span><input class="mono" value={schedule} spellcheck={false} onInput={(event) => { setSchedule(event.currentTarget.value); setError(''); }} /></label>
        <label class="field"><span>Lasts</span><input value={duration} spellcheck={false} onInput={(event) => { setDuration(event.currentTarget.value); setError(''); }} /></label>
      </div>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn" {...needs('edit')}>Add window</button></div>
    </form>
  );
}

function when(window: Maintenance): ComponentChildren {
  if (window.schedule) return `${window.schedule}, for ${window.duration ?? ''}`;
  if (window.starts_ms && window.ends_ms) return <><Time ms={window.starts_ms} /> – <Time ms={window.ends_ms} /></>;
  return `${(window.weekdays ?? []).join(', ')} ${window.from ?? ''} – ${window.to ?? ''}`;
}

/** Quiet times: silences for what matches, and windows of maintenance. */
export function Silences() {
  const silences = useList<Silence>('/api/app/silences?limit=200', 15_000), windows = useList<Maintenance>('/api/app/maintenance?limit=200', 60_000);
  const now = Date.now();
  const current = (silences.data ?? []).filter(({ id, ends_ms: ends }) => ends > now && !gone.value.has(id));
  const end = (silence: Silence): void => leave(silence.id, 'The silence', async () => { await api(`/api/app/silences/${silence.id}`, { method: 'DELETE' }); silences.reload(); });
  const drop = (window: Maintenance): void => leave(window.id, `Window ${window.name}`, async () => { await api(`/api/app/maintenance/${window.id}`, { method: 'DELETE' }); windows.reload(); });
  const listed = (windows.data ?? []).filter(({ id }) => !gone.value.has(id));
  return (
    <section class="narrow stack" aria-label="Silences">
      {silences.error && <Trouble error={silences.error} retry={silences.reload} />}
      {silences.data && current.length === 0 && <p class="empty">Nothing is silenced.</p>}
      {current.length > 0 && (
        <div class="card"><Table name="Silences" tall columns={columnsOf(end)} rows={current} rowKey={({ id }) => id} usual={{ by: 'until', up: true }} card={cardOf(end)} /></div>
      )}
      <NewSilence key={current.length} made={silences.reload} />
      {listed.length > 0 && (
        <div class="card"><table class="table">
          <thead><tr><th scope="col">Window</th><th scope="col">When</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
          <tbody>{listed.map((window) => (
            <tr key={window.id}><td><b>{window.name}</b></td><td class="mono mut">{when(window)}</td>
              <td class="right"><button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${window.name}`} onClick={() => drop(window)}>Delete</button></td></tr>
          ))}</tbody></table></div>
      )}
      <NewWindow key={`windows ${listed.length}`} made={windows.reload} />
    </section>
  );
}
