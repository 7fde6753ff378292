import { useState } from 'preact/hooks';
import { alarmsError, levelOf, loadAlarms, opWord, rules, valueText } from '../../lib/alarms';
import { api, can, explain, needs } from '../../lib/api';
import { dateTime, plural, utc } from '../../lib/format';
import { useKey, useRowKeys } from '../../lib/rows';
import type { Rule } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { silenceHour } from '../../parts/SilenceButton';
import { LevelBar } from './LevelBar';
import { useNoise, type Noise } from './noise';
import { Ready } from './Ready';
import { RuleImport } from './RuleImport';
import { Starters } from './Starters';

const words: Record<Rule['state'], string> = { inactive: 'below', pending: 'pending', firing: 'firing', error: 'error', disabled: 'off' };
const absences: Record<string, string> = { no_data: 'no data', sender_silent: 'sender silent', we_were_down: 'was not watched' };
const tones: Record<Rule['state'], string> = { inactive: 'ok', pending: 'warn', firing: 'bad', error: 'warn', disabled: 'off' };
const often = (weekly: number): string => (weekly === 0 ? '–' : weekly < 10 ? String(Math.round(weekly * 10) / 10) : String(Math.round(weekly)));

function stateOf(rule: Rule): string {
  if (rule.absence && rule.state === 'inactive') return absences[rule.absence] ?? 'no data';
  return rule.state === 'inactive' && rule.op?.startsWith('<') ? 'above' : words[rule.state];
}

interface RowProps { rule: Rule; noise: Noise | undefined; chosen: boolean; choose: () => void; remove: () => void }

function Row({ rule, noise, chosen, choose, remove }: RowProps) {
  const missing = rule.absence && rule.state === 'inactive';
  return (
    <tr class={chosen ? 'chosen' : ''}>
      <td class="pick not-phone"><input type="checkbox" checked={chosen} aria-label={`Select ${rule.name}`} onChange={choose} /></td>
      <td><i class={`dot ${missing ? 'off' : tones[rule.state]}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/rules/${rule.id}`}><b class="cut">{rule.name}</b></a><span class="mono mut cut" title={rule.expr}>{rule.expr}</span></span></td>
      <td class="level-cell"><LevelBar rule={rule} /></td>
      <td class={`right num${rule.state === 'firing' ? ' bad-text' : ''}`}>{valueText(rule, rule.value)}</td>
      <td class="right num not-phone">{rule.threshold === undefined ? '–' : <><span class="mut">{opWord(rule.op)}</span> {valueText(rule, rule.threshold)}</>}</td>
      <td class="not-phone" title={rule.error ?? ''}>{stateOf(rule)}{rule.state !== 'disabled' && rule.channels.length === 0 && <span class="mut not-middle"> · tells nobody</span>}</td>
      <td class="right num mut not-phone not-middle" title={noise ? utc(noise.lastMs) : ''}>{noise ? dateTime(noise.lastMs) : 'never'}</td>
      <td class={`right num not-phone not-middle${noise && noise.weekly > 10 ? ' warn-text' : ' mut'}`}>{often(noise?.weekly ?? 0)}</td>
      <td class="right"><button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${rule.name}`} onClick={remove}>Delete</button></td>
    </tr>
  );
}

/** What can be done with all that are ticked; it stands in the place of the header. */
function Bulk({ chosen, done }: { chosen: Rule[]; done: () => void }) {
  const [error, setError] = useState(''), [busy, setBusy] = useState(false), off = chosen.every(({ enabled }) => !enabled);
  const all = (work: (rule: Rule) => Promise<unknown>) => async (): Promise<void> => {
    setBusy(true);
    try {
      for (const rule of chosen) await work(rule);
      await loadAlarms();
      done();
    } catch (cause) {
      setError(explain(cause).message);
    }
    setBusy(false);
  };
  return (
    <tr class="bulk"><th scope="col" colSpan={9}><div class="actions"><span class="num">{plural(chosen.length, 'alarm')}</span>
      <button type="button" class="btn small" {...needs('edit', busy)} onClick={() => void all(({ name }) => silenceHour(name))()}>Silence 1 h</button>
      <button type="button" class="btn small" {...needs('edit', busy)} onClick={() => void all(({ id }) => api(`/api/app/rules/${id}`, { method: 'PATCH', body: { enabled: off } }))()}>{off ? 'Switch on' : 'Switch off'}</button>
      <button type="button" class="btn small ghost" onClick={done}>Leave them</button>{error && <span class="bad-text" role="alert">{error}</span>}</div></th></tr>
  );
}

function Head() {
  return (
    <tr><th scope="col" class="pick not-phone"><span class="unseen">Select</span></th><th scope="col">Alarm</th><th scope="col" class="level-cell">Against its line</th><th scope="col" class="right">Is</th><th scope="col" class="right not-phone">Line</th><th scope="col" class="not-phone">State</th>
      <th scope="col" class="right not-phone not-middle">Last fired</th><th scope="col" class="right not-phone not-middle" title="Over the last four weeks">A week</th><th scope="col"><span class="unseen">Delete</span></th></tr>
  );
}

/** The alarm whose row has the focus. */
function focused(shown: Rule[]): Rule | undefined {
  const link = document.activeElement?.closest('tr')?.querySelector<HTMLAnchorElement>('.row-link');
  return shown.find(({ id }) => link?.pathname === `/alerts/rules/${id}`);
}

/** All alarms, row by row, each against its own line. */
export function AlarmList() {
  const [importing, setImporting] = useState(false), [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const noise = useNoise();
  const shown = (rules.value ?? []).filter(({ id }) => !gone.value.has(id)).sort((a, b) => (levelOf(b.value, b) ?? -1) - (levelOf(a.value, a) ?? -1));
  const choose = (id: string): void => setChosen((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]));
  useRowKeys();
  useKey('x', () => { const rule = focused(shown); if (rule) choose(rule.id); }, 'Select the row');
  useKey('s', () => { const rule = focused(shown); if (rule && can('edit')) void silenceHour(rule.name).then(loadAlarms); }, 'Silence the row for 1 h');
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (!rules.value) return null;
  const rest = <>{importing ? <RuleImport done={() => setImporting(false)} /> : <p class="hint"><button type="button" class="link" onClick={() => setImporting(true)}>Import or export rules of Prometheus</button></p>}<Starters /></>;
  if (shown.length === 0) return <div class="stack"><Ready />{rest}</div>;
  const remove = (rule: Rule): void => leave(rule.id, `Alarm ${rule.name}`, async () => {
    await api(`/api/app/rules/${rule.id}`, { method: 'DELETE' });
    await loadAlarms();
  });
  const ticked = shown.filter(({ id }) => chosen.has(id));
  return (
    <div class="stack"><div class="card">
      <table class="table tall-rows">
        <thead>{ticked.length ? <Bulk chosen={ticked} done={() => setChosen(new Set())} /> : <Head />}</thead>
        <tbody>{shown.map((rule) => <Row key={rule.id} rule={rule} noise={noise.get(rule.id)} chosen={chosen.has(rule.id)} choose={() => choose(rule.id)} remove={() => remove(rule)} />)}</tbody>
      </table>
    </div>{rest}</div>
  );
}
