import { applianceFigures } from '../../lib/api';
import { format } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { Sentence, Trouble } from '../../parts/Sentence';
import { Retention } from './Retention';
import { Time } from '../../parts/Time';

export interface Figures {
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
  samples_from_ms?: number | null;
  database_away?: string | null;
  data_directory: string;
}

const bytes = (value: number): string => format(value, { kind: 'bytes' });

/** What lies on disk as one bar, by what it is. */
function OnDisk({ figures }: { figures: Figures }) {
  const parts: [string, number, string][] = [['compressed', figures.chunk_bytes, 's1'], ['journal', figures.journal_bytes, 's3'], ['waiting for the database', figures.spool_bytes, 's2']];
  const there = parts.filter(([, size]) => size > 0), sum = Math.max(1, there.reduce((all, [, size]) => all + size, 0));
  return (
    <>
      <div class="figure num">{bytes(sum)}<small>on disk</small></div>
      <div class="budget" role="img" aria-label={there.map(([name, size]) => `${name} ${bytes(size)}`).join(', ')}>{there.map(([name, size, color]) => <i key={name} style={{ width: `${(size / sum) * 100}%`, background: `var(--${color})` }} />)}</div>
      <p class="budget-key">{there.map(([name, size, color]) => <span key={name}><i class="swatch" aria-hidden="true" style={{ background: `var(--${color})` }} />{name} <b class="num">{bytes(size)}</b></span>)}</p>
    </>
  );
}

/** How much is stored, how long it will do, and for how long it is kept. */
export function StorageFigures() {
  const { data: told, error, reload } = useLoad(async () => ({ figures: await applianceFigures<Figures>() }), 10_000);
  if (!told) return error && <Trouble error={error} retry={reload} />;
  const data = told.figures;
  if (!data) return <p class="empty">What is stored is told in the project default, and to who may open all projects.</p>;
  const tone = data.damaged > 0 ? 'bad' : data.days_left !== null && data.days_left < 30 ? 'warn' : 'ok';
  const left = data.days_left !== null ? `The disk lasts ${Math.floor(data.days_left).toLocaleString('en-US')} days` : `The disk is ${Math.round((1 - data.disk_free_bytes / Math.max(1, data.disk_total_bytes)) * 100)} % full`;
  return (
    <section class="stack" aria-label="Storage">
      <Sentence tone={tone} title={data.damaged > 0 ? `${data.damaged} damaged blocks are set apart` : left}>{data.damaged > 0 ? 'They are not read. Run plimsoll doctor.' : `${bytes(data.disk_free_bytes)} of ${bytes(data.disk_total_bytes)} are free.`}</Sentence>
      <div class="pair">
        <div class="card pad stored"><h2>Stored</h2><OnDisk figures={data} /><dl class="facts">
          <div><dt>Series</dt><dd class="num">{data.series.toLocaleString('en-US')}</dd></div>
          <div><dt>Samples since the start</dt><dd class="num">{data.samples_total.toLocaleString('en-US')}</dd></div>
          <div><dt>The newest, in memory</dt><dd class="num">{bytes(data.head_bytes)}</dd></div>
          <div><dt>Samples are kept since</dt><dd class="num">{data.samples_from_ms ? <Time ms={data.samples_from_ms} /> : 'the beginning'}</dd></div>
          {data.database_away && <div><dt>Database</dt><dd class="bad-text">{data.database_away}</dd></div>}
          <div><dt>In</dt><dd class="mono">{data.data_directory}</dd></div>
        </dl></div>
        <Retention figures={data} />
      </div>
    </section>
  );
}
