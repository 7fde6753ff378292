import { useState } from 'preact/hooks';
import { alarmsError, levelOf, loadAlarms, opWord, rules, valueText } from '../../lib/alarms';
import { api, can, explain, needs } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { plural } from '../../lib/format';
import { useKey } from '../../lib/rows';
import type { Rule } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { silenceHour } from '../../parts/SilenceButton';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
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

interface Doing { noise: Map<string, Noise>; chosen: ReadonlySet<string>; choose: (id: string) => void; remove: (rule: Rule) => void }

const level = (rule: Rule): number | null => levelOf(rule.value, rule);
const levelText = (rule: Rule): string | null => level(rule)?.toFixed(3) ?? null;
const valueTone = ({ state }: Rule): string => (state === 'firing' ? 'bad-text' : '');
const lineText = (rule: Rule) => (rule.threshold === undefined ? null : <><span class="mut">{opWord(rule.op)}</span> {valueText(rule, rule.threshold)}</>);
const tellsNobody = ({ state, channels }: Rule): boolean => state !== 'disabled' && channels.length === 0;
const lastFired = (noise: Noise | undefined) => (noise ? <Time ms={noise.lastMs} /> : 'never');

function Named({ rule }: { rule: Rule }) {
  const missing = rule.absence && rule.state === 'inactive';
  return <><i class={`dot ${missing ? 'off' : tones[rule.state]}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/rules/${rule.id}`}><b class="cut">{rule.name}</b></a><span class="mono mut cut" title={rule.expr}>{rule.expr}</span></span></>;
}

const Delete = ({ rule, doing }: { rule: Rule; doing: Doing }) => <button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${rule.name}`} onClick={() => doing.remove(rule)}>Delete</button>;

const columnsOf = (doing: Doing): Column<Rule>[] => [
  { id: 'pick', name: 'Select', unseen: true, unsorted: true, class: 'pick', value: () => null, cell: ({ id, name }) => <input type="checkbox" checked={doing.chosen.has(id)} aria-label={`Select ${name}`} onChange={() => doing.choose(id)} /> },
  { id: 'alarm', name: 'Alarm', up: true, value: ({ name }) => name, cell: (rule) => <Named rule={rule} /> },
  { id: 'query', name: 'Query', filed: true, value: ({ expr }) => expr },
  { id: 'level', name: 'Against its line', class: 'level-cell', value: level, file: levelText, cell: (rule) => <LevelBar rule={rule} /> },
  { id: 'is', name: 'Is', right: true, value: ({ value }) => value, cell: (rule) => <span class={valueTone(rule)}>{valueText(rule, rule.value)}</span> },
  { id: 'line', name: 'Line', right: true, class: 'mid', value: ({ threshold }) => threshold ?? null, cell: lineText },
  { id: 'state', name: 'State', up: true, value: stateOf, cell: (rule) => <span title={rule.error ?? ''}>{stateOf(rule)}{tellsNobody(rule) && <span class="mut not-middle"> · tells nobody</span>}</span> },
  { id: 'fired', name: 'Last fired', right: true, class: 'mut not-middle', value: ({ id }) => doing.noise.get(id)?.lastMs ?? null, file: ({ id }) => isoOf(doing.noise.get(id)?.lastMs), cell: ({ id }) => lastFired(doing.noise.get(id)) },
  { id: 'weekly', name: 'A week', right: true, class: 'mut not-middle', title: 'Over the last four weeks', value: ({ id }) => doing.noise.get(id)?.weekly ?? 0, file: ({ id }) => (doing.noise.get(id)?.weekly ?? 0).toFixed(1), cell: ({ id }) => <Weekly count={doing.noise.get(id)?.weekly ?? 0} /> },
  { id: 'do', name: 'Delete', unseen: true, unsorted: true, right: true, value: () => null, cell: (rule) => <Delete rule={rule} doing={doing} /> },
];

const Weekly = ({ count }: { count: number }) => <span class={count > 10 ? 'warn-text' : ''}>{often(count)}</span>;

const cardOf = (doing: Doing) => (rule: Rule) => (
  <div class="row-card">
    <span><Named rule={rule} /></span><span class={`num right ${valueTone(rule)}`}>{valueText(rule, rule.value)}</span>
    <span class="wide"><LevelBar rule={rule} /></span>
    <span class="mut num">{stateOf(rule)}{rule.threshold !== undefined && <>, line {valueText(rule, rule.threshold)}</>}{tellsNobody(rule) && ', tells nobody'}</span><span class="right"><Delete rule={rule} doing={doing} /></span>
  </div>
);

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
    <div class="actions"><span class="num">{plural(chosen.length, 'alarm')}</span>
      <button type="button" class="btn small" {...needs('edit', busy)} onClick={() => void all(({ name }) => silenceHour(name))()}>Silence 1 h</button>
      <button type="button" class="btn small" {...needs('edit', busy)} onClick={() => void all(({ id }) => api(`/api/app/rules/${id}`, { method: 'PATCH', body: { enabled: off } }))()}>{off ? 'Switch on' : 'Switch off'}</button>
      <button type="button" class="btn small ghost" onClick={done}>Leave them</button>{error && <span class="bad-text" role="alert">{error}</span>}</div>
  );
}

/** The alarm whose row has the focus. */
function focused(shown: Rule[]): Rule | undefined {
  const link = document.activeElement?.closest('[data-row]')?.querySelector<HTMLAnchorElement>('.row-link');
  return shown.find(({ id }) => link?.pathname === `/alerts/rules/${id}`);
}

/** All alarms, row by row, each against its own line. */
export function AlarmList() {
  const [importing, setImporting] = useState(false), [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const noise = useNoise();
  const shown = (rules.value ?? []).filter(({ id }) => !gone.value.has(id));
  const choose = (id: string): void => setChosen((before) => new Set(before.has(id) ? [...before].filter((other) => other !== id) : [...before, id]));
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
  const doing: Doing = { noise, chosen, choose, remove };
  const ticked = shown.filter(({ id }) => chosen.has(id));
  return (
    <div class="stack"><div class="card">
      <Table name="Alarms" tall keys columns={columnsOf(doing)} rows={shown} rowKey={({ id }) => id} usual={{ by: 'level', up: false }} rowClass={({ id }) => (chosen.has(id) ? 'chosen' : '')} card={cardOf(doing)}
        bulk={ticked.length > 0 && <Bulk chosen={ticked} done={() => setChosen(new Set())} />} />
    </div>{rest}</div>
  );
}
