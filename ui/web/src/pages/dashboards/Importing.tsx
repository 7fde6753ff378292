import { useSignal } from '@preact/signals';
import { explain } from '../../lib/api';
import { plural } from '../../lib/format';
import { navigate } from '../../lib/router';
import { Trouble } from '../../parts/Sentence';
import { Drawer } from './Drawer';
import { importing, type Imported, type Report } from './store';

const resultWords = { whole: 'came over whole', partly: 'came over in part', left_out: 'left out' } as const;
const marks = { whole: '', partly: 'warn', left_out: 'bad' } as const;

function Line({ name, result, notes }: { name: string; result: keyof typeof resultWords; notes: string[] }) {
  return (
    <li class="report-line">
      <i class={`dot ${marks[result]}`} aria-hidden="true" /><span><b>{name || 'Untitled'}</b> <span class="mut">{resultWords[result]}</span>
        {notes.length > 0 && <ul class="mut small-text">{notes.map((note) => <li key={note}>{note}</li>)}</ul>}</span>
    </li>
  );
}

function summary({ panels }: Report): string {
  const count = (result: string): number => panels.filter((panel) => panel.result === result).length;
  const parts = [`${count('whole')} of ${plural(panels.length, 'panel')} whole`];
  if (count('partly')) parts.push(`${count('partly')} in part`);
  if (count('left_out')) parts.push(`${count('left_out')} left out`);
  return `${parts.join(', ')}.`;
}

function ReportView({ report }: { report: Report }) {
  return (
    <>
      <p role="status"><b>{summary(report)}</b></p>
      {report.notes.map((note) => <p key={note} class="mut small-text">{note}</p>)}
      <ul class="report">
        {report.panels.map(({ title, result, notes }, i) => <Line key={i} name={title} result={result} notes={notes} />)}
        {report.variables.map(({ name, result, notes }) => <Line key={`v${name}`} name={`$${name}`} result={result} notes={notes} />)}
      </ul>
    </>
  );
}

/** What a person pasted or chose as a value; throws in words. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(`That is not JSON. ${(cause as Error).message}.`);
  }
}

/** Takes a dashboard from a file or from the clipboard, and says what came over before it saves anything. */
export function Importing({ close }: { close: () => void }) {
  const text = useSignal(''), found = useSignal<Imported | null>(null), busy = useSignal(false), error = useSignal<{ message: string; hint: string } | null>(null);
  const run = async (dryRun: boolean): Promise<void> => {
    busy.value = true;
    error.value = null;
    try {
      const answer = await importing(parsed(text.value), dryRun);
      if (!dryRun && answer.id) navigate(`/dashboards/${answer.id}`);
      found.value = answer;
    } catch (cause) {
      error.value = explain(cause);
      found.value = null;
    }
    busy.value = false;
  };
  const take = (next: string): void => { text.value = next; found.value = null; error.value = null; };
  const chosen = async (file: File | undefined): Promise<void> => { if (file) { take(await file.text()); await run(true); } };
  const foot = found.value
    ? <button type="button" class="btn primary wide" disabled={busy.value} onClick={() => void run(false)}>{busy.value ? 'Saving' : `Save “${found.value.dashboard.title}”`}</button>
    : <button type="button" class="btn primary wide" disabled={busy.value || text.value.trim() === ''} onClick={() => void run(true)}>{busy.value ? 'Reading' : 'See what comes over'}</button>;
  return (
    <Drawer title="Import a dashboard" close={close} foot={foot}>
      <p class="mut">One of Plimsoll's, or the JSON of a Grafana dashboard. Nothing is saved before you have seen what came over.</p>
      <label class="field"><span>File</span><input type="file" accept=".json,application/json" onChange={(event) => void chosen(event.currentTarget.files?.[0])} /></label>
      <label class="field"><span>Or paste it</span><textarea class="mono" rows={8} spellcheck={false} value={text.value} onInput={(event) => take(event.currentTarget.value)} /></label>
      {error.value && <Trouble error={error.value} />}
      {found.value && <ReportView report={found.value.report} />}
    </Drawer>
  );
}
