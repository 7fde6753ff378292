import { useState } from 'preact/hooks';
import { api, applianceFigures, can, explain, needs } from '../../lib/api';
import { dateTime, format, plural } from '../../lib/format';
import { useList, useLoad } from '../../lib/hooks';
import { jobStarted, type Job } from '../../lib/jobs';
import type { Storage } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { CopyButton } from '../../parts/CopyButton';
import { JobStrip, useJobs } from '../../parts/Jobs';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';

interface Backup { id: string; created_ms: number; bytes: number }
interface Tried { backup_id: string; healthy: boolean; found: number; counts: Record<string, number>; findings: { where: string; what: string }[] }
type Said = { message: string; hint: string };

const kinds = ['backup', 'restore-test'];

const start = (path: string): Promise<void> => api(path, { method: 'POST', body: {} }).then(() => { jobStarted.value++; });

function BackUpNow({ jobs, count }: { jobs: Job[]; count: number }) {
  const [error, setError] = useState<Said | null>(null);
  const running = jobs.some(({ kind, state }) => kind === 'backup' && state === 'running');
  const make = (): void => { start('/api/app/backups').then(() => setError(null), (cause) => setError(explain(cause))); };
  return (
    <div class="card pad">
      <h2>Back up now</h2>
      <p class="mut">One file with everything of this moment, made while it runs. {count === 0 && 'There is none yet.'} <a class="link" href="/docs/backup">What it holds, and what it does not</a></p>
      <button type="button" class="btn primary" {...needs('appliance', running)} onClick={make}>{running ? 'Backing up' : 'Back up now'}</button>
      {error && <Trouble error={error} retry={make} />}
    </div>
  );
}

const countWords = (counts: Record<string, number>): string => Object.entries(counts).filter(([, n]) => n > 0).map(([what, n]) => `${n.toLocaleString('en-US')} ${what}`).join(', ');

/** What the last test of a backup found. */
function Verdict({ job }: { job: Job }) {
  if (job.state === 'failed') return <p class="bad-text" role="status">It cannot be restored. {job.error?.message} {job.error?.hint}</p>;
  const tried = job.result as unknown as Tried;
  if (!tried.healthy) return <p class="bad-text" role="status">It can be restored, but {plural(tried.found, 'thing is', 'things are')} damaged: {tried.findings.slice(0, 3).map(({ where, what }) => `${where}: ${what}`).join(' ')}</p>;
  return <p class="ok-text" role="status">It can be restored. Tested <Time ms={job.ended_ms ?? 0} />: {countWords(tried.counts)}.</p>;
}

interface RowProps { backup: Backup; tests: Job[]; testing: boolean; changed: () => void }

function Row({ backup, tests, testing, changed }: RowProps) {
  const [error, setError] = useState<Said | null>(null), [asked, setAsked] = useState('');
  const { id, created_ms, bytes } = backup, when = dateTime(created_ms);
  const tested = tests.find(({ id: job, state, result }) => state !== 'running' && state !== 'cancelled' && (result?.['backup_id'] === id || job === asked));
  const test = (): void => {
    api<Job>(`/api/app/backups/${id}/verify`, { method: 'POST', body: {} }).then((job) => { setAsked(job.id); setError(null); jobStarted.value++; }, (cause) => setError(explain(cause)));
  };
  const remove = (): void => leave(id, `The backup of ${when}`, async () => { await api(`/api/app/backups/${id}`, { method: 'DELETE' }); changed(); });
  return (
    <li class="backup">
      <div class="backup-line">
        <span class="stacked"><b><Time ms={created_ms} /></b><span class="mono mut">{id}.backup</span></span>
        <span class="num">{format(bytes, { kind: 'bytes' })}</span>
        <span class="row-links">
          <button type="button" class="link" {...needs('appliance', testing)} aria-label={`Test the backup of ${when}`} onClick={test}>Test</button>
          {can('appliance') && <a class="link" href={`/api/app/backups/${id}/download`} download={`plimsoll-${id}.backup`} aria-label={`Download the backup of ${when}`}>Download</a>}
          <button type="button" class="link quiet" {...needs('appliance')} aria-label={`Delete the backup of ${when}`} onClick={remove}>Delete</button>
        </span>
      </div>
      {tested && <Verdict job={tested} />}
      {error && <Trouble error={error} retry={test} />}
    </li>
  );
}

const shellQuoted = (text: string): string => (/^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function HowToRestore({ newest }: { newest: Backup | undefined }) {
  const { data } = useLoad(applianceFigures<Storage & { data_directory: string }>, 0);
  if (!data?.data_directory) return null;
  const at = data.data_directory, file = `${at}/backups/${newest?.id ?? 'ID'}.backup`;
  const command = `plimsoll restore ${shellQuoted(file)} --data ${shellQuoted(at)} --force`;
  return (
    <div class="card pad">
      <h2>Restore</h2>
      <p class="mut">Stop Plimsoll, run this on its machine, and start it again. What is there now is moved into a folder beside it, not deleted.</p>
      <div class="snippet low"><pre tabIndex={0} role="region" aria-label="Command to restore">{command}</pre><CopyButton text={() => command} /></div>
      <p class="mut small-text">No backup holds <span class="mono">{at}/secrets.key</span>, under which passwords and tokens of channels are kept. Keep a copy of it apart.</p>
    </div>
  );
}

/** Backups: made, tested, fetched, deleted, and how one is put back. */
export function Backup() {
  const { data, error, reload } = useList<Backup>(can('appliance') ? '/api/app/backups' : '', 30_000);
  const { jobs, reload: look } = useJobs(kinds, reload);
  const backups = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const tests = jobs.filter(({ kind }) => kind === 'restore-test'), failed = jobs[0]?.kind === 'backup' && jobs[0].state === 'failed' ? jobs[0] : null;
  return (
    <section class="narrow" aria-label="Backup">
      {error && <Trouble error={error} retry={reload} />}
      <BackUpNow jobs={jobs} count={data ? backups.length : -1} />
      <JobStrip jobs={jobs} reload={look} />
      {failed?.error && <Trouble error={{ message: `The last backup failed. ${failed.error.message}`, hint: failed.error.hint }} />}
      {backups.length > 0 && <ul class="card backups" aria-label="Backups">{backups.map((backup) => <Row key={backup.id} backup={backup} tests={tests} testing={tests.some(({ state }) => state === 'running')} changed={reload} />)}</ul>}
      {data && <HowToRestore newest={backups[0]} />}
    </section>
  );
}
