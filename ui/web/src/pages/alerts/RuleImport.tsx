import { useState } from 'preact/hooks';
import { loadAlarms } from '../../lib/alarms';
import { api, explain, needs } from '../../lib/api';
import { plural } from '../../lib/format';

/** Rules of Prometheus, pasted or from a file. */
export function RuleImport({ done }: { done: () => void }) {
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
      <div class="actions"><button type="button" class="btn primary" {...needs('edit', busy || !text.trim())} onClick={() => void send()}>{busy ? 'Reading' : 'Import'}</button><button type="button" class="btn ghost" onClick={done}>Close</button>
        <a class="link" href="/api/app/rules/export" download="plimsoll-rules.yml">Export all as a rule file</a></div>
    </div>
  );
}
