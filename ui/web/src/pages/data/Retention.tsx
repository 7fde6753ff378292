import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { format } from '../../lib/format';
import { instant } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';
import { bytesOf, daysOf, lengthWords, stopOf, stops, type Kept, type Retention as Lengths } from './lengths';
import type { Figures } from './StorageFigures';

interface Settings { retention: Lengths; restart_required: boolean }

const names: [Kept, string, string][] = [['raw', 'Samples', 'samples'], ['hourly', 'Hours', 'hourly figures'], ['daily', 'Days', 'daily figures']];
/** What a sample took on disk where nothing was measured yet. */
const usualBytes = 1.6;
/** So much room that its days say nothing. */
const manyDays = 3650;

/** Bytes of samples that a day brings: what the last day brought, or what arrives now at the usual size. */
async function growth(figures: Figures): Promise<number> {
  const [grown] = await instant('max(plimsoll_chunk_bytes) - max(plimsoll_chunk_bytes offset 1d)').catch(() => []);
  return grown && grown.value > 0 ? grown.value : figures.samples_per_second * 86_400 * usualBytes;
}

/** What a shorter length deletes, in words; null where nothing goes. */
function Loss({ kept, what, before, after }: { kept: Kept; what: string; before: Lengths; after: Lengths }) {
  const was = daysOf(before[kept]), is = daysOf(after[kept]);
  if (was === null || is === null || is >= was) return null;
  return <p class="warn-text small-text">From the next start on, {what} older than {lengthWords(after[kept])} are deleted for good: today that is all before <Time ms={Date.now() - is * 864e5} />.</p>;
}

interface FieldProps { kept: Kept; label: string; value: string; set: (value: string) => void }

function Field({ kept, label, value, set }: FieldProps) {
  const wrong = daysOf(value) === null;
  return (
    <div class="kept">
      <label class="field"><span>{label}</span><input value={value} {...needs('appliance')} spellcheck={false} aria-invalid={wrong} onInput={(event) => set(event.currentTarget.value)} /></label>
      <input type="range" min={0} max={stops.length - 1} step={1} value={stopOf(value)} {...needs('appliance')} aria-label={`How long ${label.toLowerCase()} are kept`} aria-valuetext={lengthWords(value)} onInput={(event) => set(stops[Number(event.currentTarget.value)]!)} data-kept={kept} />
    </div>
  );
}

/** For how long what is kept: what that takes, and what goes, is said before it is saved. */
export function Retention({ figures }: { figures: Figures }) {
  const { data, error, reload } = useLoad(() => api<Settings>('/api/app/settings'), 0);
  const perDay = useLoad(() => growth(figures), 300_000).data ?? 0;
  const [draft, setDraft] = useState<Partial<Lengths>>({}), [wrong, setWrong] = useState(''), [saved, setSaved] = useState(false);
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const after: Lengths = { ...data.retention, ...draft };
  const takes = bytesOf(after, perDay, figures.series), room = figures.disk_free_bytes + figures.chunk_bytes;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await api('/api/app/settings', { method: 'PATCH', body: { retention: draft } });
      setDraft({});
      setWrong('');
      setSaved(true);
      window.setTimeout(() => setSaved(false), 2000);
      reload();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setWrong(`${message} ${hint}`.trim());
    }
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>Kept for</h2>
      <p class="mut">Samples as they came, then an hour as one, then a day as one.</p>
      {names.map(([kept, label]) => <Field key={kept} kept={kept} label={label} value={after[kept]} set={(value) => { setWrong(''); setDraft({ ...draft, [kept]: value }); }} />)}
      <p class="num" role="status">Takes about <b>{format(takes, { kind: 'bytes' })}</b> once full{takes > room ? <span class="bad-text">: more than the {format(room, { kind: 'bytes' })} there is room for.</span> : perDay > 0 && room / perDay < manyDays ? `; there is room for ${Math.floor(room / perDay).toLocaleString('en-US')} days of samples.` : '.'}</p>
      {names.map(([kept, , what]) => <Loss key={kept} kept={kept} what={what} before={data.retention} after={after} />)}
      <p class="wrong" role="alert">{wrong}</p>
      {data.restart_required && <p class="mut">Changed; it holds from the next start of Plimsoll on.</p>}
      <div class="actions"><button class="btn primary" {...needs('appliance', Object.keys(draft).length === 0)}>{saved ? 'Saved' : 'Save'}</button></div>
    </form>
  );
}
