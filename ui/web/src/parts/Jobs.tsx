import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, explain, needs, type Page } from '../lib/api';
import { format } from '../lib/format';
import { useLoad } from '../lib/hooks';
import { cancelJob, jobStarted, nameOf, type Job } from '../lib/jobs';
import { Time } from './Time';

/** The jobs of some kinds, looked at often while one runs; `ended` hears when one of them is over. */
export function useJobs(kinds: string[], ended?: (job: Job) => void): { jobs: Job[]; reload: () => void; error: { message: string; hint: string } | null } {
  const { data, error, reload } = useLoad(async () => (await api<Page<Job>>('/api/app/jobs')).items.filter(({ kind }) => kinds.includes(kind)), 15_000);
  const jobs = data ?? [], running = jobs.filter(({ state }) => state === 'running');
  const before = useRef(new Set<string>());
  useEffect(() => {
    for (const job of jobs) if (job.state !== 'running' && before.current.has(job.id)) ended?.(job);
    before.current = new Set(running.map(({ id }) => id));
    if (!running.length) return undefined;
    const timer = window.setTimeout(reload, 400);
    return () => window.clearTimeout(timer);
  }, [data]);
  useSignalEffect(() => { if (jobStarted.value) reload(); });
  return { jobs, reload, error };
}

export function ProgressBar({ name, part }: { name: string; part: number | null }) {
  const percent = part === null ? null : Math.floor(part * 100);
  return <div class="progress" role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} {...(percent === null ? {} : { 'aria-valuenow': percent })}><i style={{ width: `${percent ?? 2}%` }} /></div>;
}

const far = ({ done_bytes, total_bytes, progress }: Job): string =>
  total_bytes ? `${format(done_bytes ?? 0, { kind: 'bytes' })} of ${format(total_bytes, { kind: 'bytes' })}` : progress === null ? 'beginning' : `${Math.floor(progress * 100)} %`;

function Running({ job, changed }: { job: Job; changed: () => void }) {
  const [wrong, setWrong] = useState(''), [stopping, setStopping] = useState(false);
  const cancel = (): void => {
    setStopping(true);
    cancelJob(job.id).then(changed, (cause) => { setWrong(explain(cause).message); setStopping(false); });
  };
  return (
    <li class="job">
      <div class="job-line"><b>{nameOf(job)}</b><span class="mut num">{far(job)} · begun <Time ms={job.started_ms} as="ago" /></span>
        <button type="button" class="btn small" {...needs('edit', stopping)} onClick={cancel}>{stopping ? 'Ending' : 'Cancel'}</button></div>
      <ProgressBar name={nameOf(job)} part={job.progress} />
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
    </li>
  );
}

/** What runs now, each with how far it is and a way to stop it. Nothing where nothing runs. */
export function JobStrip({ jobs, reload }: { jobs: Job[]; reload: () => void }) {
  const running = jobs.filter(({ state }) => state === 'running');
  if (!running.length) return null;
  return <ul class="card jobs" aria-label="Running now">{running.map((job) => <Running key={job.id} job={job} changed={reload} />)}</ul>;
}
