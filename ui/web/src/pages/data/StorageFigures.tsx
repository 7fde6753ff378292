import { useState } from 'preact/hooks';
import { api, can, explain } from '../../lib/api';
import { format } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { Sentence, Trouble } from '../../parts/Sentence';

interface Figures {
  samples_per_second: number;
  samples_total: number;
  series: number;
  journal_bytes: number;
  head_bytes: number;
  chunk_bytes: number;
  spool_bytes: number;
  damaged: number;
  disk_free_bytes: number;
  disk_total_bytes: number;
  days_left: number | null;
  data_directory: string;
}

interface Settings { retention: { raw: string; hourly: string; daily: string }; restart_required: boolean }

const bytes = (value: number): string => format(value, { kind: 'bytes' });

function Retention() {
  const { data, error, reload } = useLoad(() => api<Settings>('/api/app/settings'), 0);
  const [draft, setDraft] = useState<Partial<Settings['retention']>>({}), [wrong, setWrong] = useState(''), [saved, setSaved] = useState(false);
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const value = (name: keyof Settings['retention']): string => draft[name] ?? data.retention[name];
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
  const field = (name: keyof Settings['retention'], label: string) => (
    <label class="field"><span>{label}</span><input value={value(name)} disabled={!can('admin')} spellcheck={false} onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })} /></label>
  );
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>Kept for</h2>
      <p class="mut">Samples as they came, then an hour as one, then a day as one. What is older is deleted, hour by hour.</p>
      <div class="row-form even">{field('raw', 'Samples')}{field('hourly', 'Hours')}{field('daily', 'Days')}</div>
      <p class="wrong" role="alert">{wrong}</p>
      {data.restart_required && <p class="mut">Changed; it holds from the next start of Plimsoll on.</p>}
      <div class="actions"><button class="btn primary" disabled={!can('admin') || Object.keys(draft).length === 0} title={can('admin') ? '' : 'Needs the admin role'}>{saved ? 'Saved' : 'Save'}</button></div>
    </form>
  );
}

/** How much is stored, how long it will do, and for how long it is kept. */
export function StorageFigures() {
  const { data, error, reload } = useLoad(() => api<Figures>('/api/app/storage'), 10_000);
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const tone = data.damaged > 0 ? 'bad' : data.days_left !== null && data.days_left < 30 ? 'warn' : 'ok';
  const left = data.days_left !== null ? `The disk lasts ${Math.floor(data.days_left).toLocaleString('en-US')} days` : `The disk is ${Math.round((1 - data.disk_free_bytes / Math.max(1, data.disk_total_bytes)) * 100)} % full`;
  return (
    <section class="stack" aria-label="Storage">
      <Sentence tone={tone} title={data.damaged > 0 ? `${data.damaged} damaged blocks are set apart` : left}>{data.damaged > 0 ? 'They are not read. Run plimsoll doctor.' : `${bytes(data.disk_free_bytes)} of ${bytes(data.disk_total_bytes)} are free.`}</Sentence>
      <div class="pair">
        <div class="card pad"><h2>Stored</h2><dl class="facts">
          <div><dt>Series</dt><dd class="num">{data.series.toLocaleString('en-US')}</dd></div>
          <div><dt>Samples since the start</dt><dd class="num">{data.samples_total.toLocaleString('en-US')}</dd></div>
          <div><dt>Compressed</dt><dd class="num">{bytes(data.chunk_bytes)}</dd></div>
          <div><dt>The newest, in memory</dt><dd class="num">{bytes(data.head_bytes)}</dd></div>
          <div><dt>Journal</dt><dd class="num">{bytes(data.journal_bytes)}</dd></div>
          {data.spool_bytes > 0 && <div><dt>Waiting for the database</dt><dd class="num">{bytes(data.spool_bytes)}</dd></div>}
          <div><dt>In</dt><dd class="mono">{data.data_directory}</dd></div>
        </dl></div>
        <Retention />
      </div>
    </section>
  );
}
