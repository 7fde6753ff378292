import { alarmsError, levelOf, loadAlarms, opWord, rules, valueText } from '../../lib/alarms';
import { useState } from 'preact/hooks';
import { api, can, explain } from '../../lib/api';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import type { Rule } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';

const words: Record<Rule['state'], string> = { inactive: 'below', pending: 'pending', firing: 'firing', error: 'error', disabled: 'off' };
const absences: Record<string, string> = { no_data: 'no data', sender_silent: 'sender silent', we_were_down: 'was not watched' };
const tones: Record<Rule['state'], string> = { inactive: 'ok', pending: 'warn', firing: 'bad', error: 'warn', disabled: 'off' };

/** A level against its line, which stands at 71 % of the bar's width, as in the load strip. */
export function LevelBar({ rule }: { rule: Rule }) {
  const level = levelOf(rule.value, rule), highest = levelOf(rule.highest, rule);
  const at = (value: number): string => `${((Math.min(value, 1.4) / 1.4) * 100).toFixed(1)}%`;
  if (level === null) return <span class="mut">–</span>;
  return (
    <span class="level" role="img" aria-label={`${Math.round(level * 100)} % of its line`}>
      <i class={rule.state === 'firing' ? 'over' : level >= 0.8 ? 'near' : ''} style={{ width: at(level) }} />
      {highest !== null && <u style={{ left: at(highest) }} />}
      <b />
    </span>
  );
}

const disk = { name: 'Disk above 90 %', expr: 'host_disk_used_ratio', op: '>', threshold: '0.9' };
const memory = { name: 'Memory above 90 %', expr: 'host_memory_used_ratio', op: '>', threshold: '0.9' };
const processor = { name: 'CPU above 85 %', expr: 'avg_over_time(host_cpu_usage_ratio[5m])', op: '>', threshold: '0.85' };

interface Starter { id: string; title: string; text: string; arrives: boolean; installed: boolean; rules: { name: string }[] }

/** Sets of alarms for what many people run, made at one click. */
function Starters() {
  const { data, reload } = useList<Starter>('/api/app/starters', 60_000);
  const [busy, setBusy] = useState(''), [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const add = async (id: string): Promise<void> => {
    setBusy(id);
    try {
      await api(`/api/app/starters/${id}`, { method: 'POST', body: {} });
      setError(null);
      reload();
      await loadAlarms();
    } catch (cause) {
      setError(explain(cause));
    }
    setBusy('');
  };
  const open = (data ?? []).filter(({ installed }) => !installed);
  if (open.length === 0) return null;
  return (
    <div class="card">
      <header><h2>Sets to start with</h2><p>quiet on healthy data; made at one click</p></header>
      {error && <Trouble error={error} />}
      <table class="table tall-rows"><tbody>{open.map(({ id, title, text, arrives, rules: each }) => (
        <tr key={id} class={arrives ? '' : 'waits'}><td><span class="stacked"><b>{title}</b><span class="mut starter" title={each.map(({ name }) => name).join(', ')}>{arrives ? text : `${text} Nothing of it arrives yet.`}</span></span></td>
          <td class="right num mut not-phone">{plural(each.length, 'alarm')}</td>
          <td class="right"><button type="button" class="btn small" disabled={busy !== '' || !can('edit')} aria-label={`Add the alarms for ${title}`} onClick={() => void add(id)}>{busy === id ? 'Adding' : 'Add'}</button></td></tr>
      ))}</tbody></table>
    </div>
  );
}

/** Rules of Prometheus, pasted or from a file. */
function Import({ done }: { done: () => void }) {
  const [text, setText] = useState(''), [busy, setBusy] = useState(false), [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      const answer = await api<{ created: number; updated: number; unchanged: number; notes: { line: number; message: string }[] }>('/api/app/rules/import', { method: 'POST', body: { yaml: text } });
      const counts = `${plural(answer.created, 'rule')} made, ${answer.updated} changed, ${answer.unchanged} as before.`;
      setSaid({ text: [counts, ...answer.notes.map((note) => `Line ${note.line}: ${note.message}.`)].join(' '), bad: false });
      await loadAlarms();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setSaid({ text: `${message} ${hint}`.trim(), bad: true });
    }
    setBusy(false);
  };
  return (
    <div class="card pad form">
      <h2>Import rules of Prometheus</h2>
      <label class="field"><span>A rule file</span><textarea class="mono" rows={8} spellcheck={false} value={text} placeholder={'groups:\n- name: app\n  rules:\n  - alert: InstanceDown\n    expr: up == 0\n    for: 5m'} onInput={(event) => { setText(event.currentTarget.value); setSaid(null); }} /></label>
      <input type="file" accept=".yml,.yaml,text/yaml" aria-label="Choose a file" onChange={(event) => { void event.currentTarget.files?.[0]?.text().then(setText); }} />
      {said && <p class={said.bad ? 'wrong' : 'ok-text'} role="status">{said.text}</p>}
      <div class="actions"><button type="button" class="btn primary" disabled={busy || !text.trim() || !can('edit')} onClick={() => void send()}>{busy ? 'Reading' : 'Import'}</button><button type="button" class="btn ghost" onClick={done}>Close</button>
        <a class="link" href="/api/app/rules/export" download="plimsoll-rules.yml">Export all as a rule file</a></div>
    </div>
  );
}

function Ready() {
  return (
    <div class="card pad ready">
      <h2>Three to start with</h2>
      <p class="mut">They suit every machine. Each opens with the last days, so that you see what it would have done.</p>
      <ul>{[disk, memory, processor].map((alarm) => <li key={alarm.name}><a class="btn" href={`/alerts/new?${new URLSearchParams(alarm)}`}>{alarm.name}</a></li>)}</ul>
    </div>
  );
}

/** All alarms, row by row, each against its own line. */
export function AlarmList() {
  const [importing, setImporting] = useState(false);
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (!rules.value) return null;
  const shown = rules.value.filter(({ id }) => !gone.value.has(id)).sort((a, b) => (levelOf(b.value, b) ?? -1) - (levelOf(a.value, a) ?? -1));
  const rest = <>{importing ? <Import done={() => setImporting(false)} /> : <p class="hint"><button type="button" class="link" onClick={() => setImporting(true)}>Import or export rules of Prometheus</button></p>}<Starters /></>;
  if (shown.length === 0) return <div class="stack"><Ready />{rest}</div>;
  const remove = (rule: Rule): void => leave(rule.id, `Alarm ${rule.name}`, async () => {
    await api(`/api/app/rules/${rule.id}`, { method: 'DELETE' });
    await loadAlarms();
  });
  return (
    <div class="stack"><div class="card">
      <table class="table tall-rows">
        <thead><tr><th scope="col">Alarm</th><th scope="col" class="level-cell">Against its line</th><th scope="col" class="right">Is</th><th scope="col" class="right not-phone">Line</th><th scope="col" class="not-phone">State</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
        <tbody>{shown.map((rule) => (
          <tr key={rule.id}>
            <td><i class={`dot ${rule.absence && rule.state === 'inactive' ? 'off' : tones[rule.state]}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/rules/${rule.id}`}><b>{rule.name}</b></a><span class="mono mut cut">{rule.expr}</span></span></td>
            <td class="level-cell"><LevelBar rule={rule} /></td>
            <td class={`right num${rule.state === 'firing' ? ' bad-text' : ''}`}>{valueText(rule, rule.value)}</td>
            <td class="right num not-phone">{rule.threshold === undefined ? '–' : `${opWord(rule.op)} ${valueText(rule, rule.threshold)}`}</td>
            <td class="not-phone" title={rule.error ?? ''}>{rule.absence && rule.state === 'inactive' ? absences[rule.absence] ?? 'no data' : words[rule.state]}{rule.state !== 'disabled' && rule.channels.length === 0 && <span class="mut"> · tells nobody</span>}</td>
            <td class="right"><button type="button" class="link quiet" disabled={!can('edit')} title={can('edit') ? '' : 'Needs the edit role'} aria-label={`Delete ${rule.name}`} onClick={() => remove(rule)}>Delete</button></td>
          </tr>
        ))}</tbody>
      </table>
    </div>{rest}</div>
  );
}
