import { useState } from 'preact/hooks';
import { api, applianceFigures, can, needs, session } from '../../lib/api';
import { format, lasting, plural } from '../../lib/format';
import { useList, useLoad } from '../../lib/hooks';
import type { Metric, Storage } from '../../lib/types';
import { JobStrip, ProgressBar, useJobs } from '../../parts/Jobs';
import { cancelImport, forgetImport, importRun, runImport, type ImportRun } from './importRun';

const bytes = (count: number): string => format(count, { kind: 'bytes' });

function outcome({ state, file, accepted, rejected, replayedParts, parts, error, startedMs, endedMs }: ImportRun): string {
  const counts = `${accepted.toLocaleString('en-US')} taken, ${rejected.toLocaleString('en-US')} refused`;
  if (state === 'cancelled') return `Cancelled. What went up of ${file} stays: ${counts}.`;
  if (state === 'failed') return `${file} broke off. ${error} What went up stays: ${counts}. Sent again within a day, it is not counted twice.`;
  const again = replayedParts ? ` ${replayedParts} of ${plural(parts, 'part')} were here already and were not counted again.` : '';
  return parts ? `${file}: ${counts}, in ${lasting(Math.max(1000, endedMs - startedMs))}.${again}` : `${file} is empty.`;
}

function Run({ run }: { run: ImportRun }) {
  const running = run.state === 'running';
  return (
    <div class="import-run" role="status">
      {running ? <div class="job-line"><b class="cut">{run.file}</b><span class="mut num">{bytes(run.bytes)} of {bytes(run.bytesTotal)} · {run.accepted.toLocaleString('en-US')} taken{run.rejected ? `, ${run.rejected.toLocaleString('en-US')} refused` : ''}</span><button type="button" class="btn small" onClick={cancelImport}>Cancel</button></div>
        : <p class={run.state === 'failed' ? 'bad-text' : ''}>{outcome(run)} <button type="button" class="link" onClick={forgetImport}>Another</button></p>}
      {running && <ProgressBar name={`Import of ${run.file}`} part={run.bytesTotal ? run.bytes / run.bytesTotal : 0} />}
      {run.waiting && <p class="mut small-text">{run.waiting}</p>}
      {run.reasons.length > 0 && <><p class="mut small-text">Refused, for example:</p><ul class="reasons small-text">{run.reasons.slice(0, 5).map((reason, i) => <li key={i}>{reason}</li>)}</ul></>}
    </div>
  );
}

function Import() {
  const run = importRun.value, allowed = can('edit');
  const chosen = (event: Event & { currentTarget: HTMLInputElement }): void => { const file = event.currentTarget.files?.[0]; if (file) void runImport(file); };
  return (
    <div class="card pad">
      <h2>Import</h2>
      <p class="mut">An export of Plimsoll, NDJSON of <span class="mono">/ingest</span> bodies, or Prometheus and OpenMetrics text; gzip is unpacked here. It goes up in parts, into the project {session.value?.project ?? 'default'}. The same file again within a day counts nothing twice.</p>
      {run ? <Run run={run} /> : <label class="field file"><span>File</span><input type="file" {...needs('edit')} onChange={chosen} /></label>}
      {!allowed && <p class="mut small-text">Needs the edit role.</p>}
    </div>
  );
}

const ranges: [string, string][] = [['24h', 'Last 24 hours'], ['7d', 'Last 7 days'], ['30d', 'Last 30 days'], ['10y', 'Everything']];
const formats: [string, string, string][] = [['json', 'JSON: loses nothing', 'ndjson'], ['csv', 'CSV: for tables', 'csv'], ['prometheus', 'Prometheus text', 'txt']];

interface Counted { series: { buckets: { count: number }[] }[] }

/** How much there is to export: of one metric what was counted, of all what is stored. */
async function estimate(metric: string, from: string): Promise<string> {
  if (!metric) {
    const figures = await applianceFigures<Storage>();
    return figures === null ? 'All metrics.' : `All metrics: ${plural(figures.series, 'series', 'series')}.`;
  }
  const { series } = await api<Counted>(`/metrics/query?${new URLSearchParams({ metric, from, group_by: 'day' })}`);
  const count = series.reduce((sum, { buckets }) => sum + buckets.reduce((all, bucket) => all + bucket.count, 0), 0);
  return count ? `About ${plural(count, 'sample')}.`.replace(String(count), count.toLocaleString('en-US')) : 'Nothing of it in that time.';
}

function Export() {
  const [metric, setMetric] = useState(''), [from, setFrom] = useState('24h'), [kind, setKind] = useState('csv');
  const names = useList<Metric>('/api/app/metrics', 60_000).data ?? [];
  const known = metric === '' || names.some(({ name }) => name === metric);
  const { data: said, error } = useLoad(() => (known ? estimate(metric, from) : Promise.resolve(`Nothing is called “${metric}”.`)), 0, `${metric} ${from} ${known}`);
  const query = new URLSearchParams({ format: kind, from, project: session.value?.project ?? 'default', ...(metric ? { metric } : {}) });
  const file = `plimsoll-${metric || 'all'}.${formats.find(([id]) => id === kind)![2]}`.replace(/[^\w.-]/g, '_');
  return (
    <div class="card pad form">
      <h2>Export</h2>
      <div class="row-form even">
        <label class="field"><span>Metric</span><input value={metric} list="export-metrics" placeholder="All" spellcheck={false} autocapitalize="none" onInput={(event) => setMetric(event.currentTarget.value.trim())} /></label>
        <label class="field"><span>Time</span><select value={from} onChange={(event) => setFrom(event.currentTarget.value)}>{ranges.map(([id, text]) => <option key={id} value={id}>{text}</option>)}</select></label>
        <label class="field"><span>Format</span><select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>{formats.map(([id, text]) => <option key={id} value={id}>{text}</option>)}</select></label>
      </div>
      <datalist id="export-metrics">{names.map(({ name }) => <option key={name} value={name} />)}</datalist>
      <p class="mut small-text" role="status">{error ? `${error.message} ${error.hint}` : said} Samples only, as far back as they are kept.</p>
      {known ? <a class="btn" href={`/metrics/export?${query}`} download={file}>Download</a> : <button type="button" class="btn" disabled>Download</button>}
    </div>
  );
}

const kinds = ['import', 'export', 'replay', 'costing', 'backup', 'restore-test'];

/** Files in and out. */
export function Transfer() {
  const { jobs, reload } = useJobs(kinds);
  return <section class="stack narrow" aria-label="Import and export"><JobStrip jobs={jobs} reload={reload} /><Import /><Export /></section>;
}
