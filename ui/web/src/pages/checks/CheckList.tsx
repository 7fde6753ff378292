import { useMemo } from 'preact/hooks';
import { Spark } from '../../chart/Spark';
import { isoOf } from '../../lib/csv';
import { format } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import type { Check } from '../../lib/types';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { Bars } from './Bars';
import type { History } from './history';
import { dot, stateWord } from './words';

export const percent = (share: number | null | undefined): string => {
  if (share == null || Number.isNaN(share)) return '–';
  const value = Math.floor(share * 10_000) / 100;
  return `${value === 100 || value === 0 ? value : value.toFixed(2)} %`;
};

const order: Record<Check['state'], number> = { down: 0, degraded: 1, unknown: 2, ok: 3 };
type Known = (check: Check) => History | undefined;

function Named({ check }: { check: Check }) {
  const { id, name, target, state, message } = check;
  return <><i class={`dot ${check.enabled ? dot[state] : 'off'}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/checks/${id}`}><b>{name}</b></a><span class={state === 'down' ? 'bad-text cut' : 'mono mut cut'}>{state === 'down' && message ? message : target || check.kind}</span></span></>;
}

const days = <span class="ends"><span class="not-phone">90 days ago</span><span class="only-phone">45 days</span><span>today</span></span>;

function looked({ enabled, state, last_run_ms: ms }: Check) {
  return <span title={ms ? undefined : stateWord[state]}>{enabled ? (ms ? <Time ms={ms} as="ago" /> : 'soon') : 'off'}</span>;
}

const columnsOf = (historyOf: Known, traces: Map<string, (number | null)[]>): Column<Check>[] => [
  { id: 'check', name: 'Check', up: true, value: ({ name }) => name, cell: (check) => <Named check={check} /> },
  { id: 'target', name: 'Target', filed: true, value: ({ target, kind }) => target || kind },
  { id: 'state', name: 'State', filed: true, value: ({ state }) => order[state], file: ({ state }) => stateWord[state] },
  { id: 'days', name: 'Days', head: days, unsorted: true, class: 'bars-cell', value: () => null, cell: (check) => { const history = historyOf(check); return history && <Bars days={history.days} name={check.name} />; } },
  { id: 'uptime', name: 'Uptime', up: true, right: true, class: 'not-narrow', value: (check) => historyOf(check)?.uptime ?? null, cell: (check) => percent(historyOf(check)?.uptime) },
  { id: 'answers', name: 'Answers in, 24 h', class: 'not-phone', value: ({ duration_ms: ms }) => ms, cell: ({ name, duration_ms: ms }) => <><Spark values={traces.get(name) ?? []} width={108} height={22} /><span class="num answer-time">{ms === null ? '' : format(ms, { kind: 'milliseconds' })}</span></> },
  { id: 'looked', name: 'Last looked', right: true, class: 'mut not-phone', value: ({ last_run_ms: ms }) => ms, file: ({ last_run_ms: ms }) => isoOf(ms), cell: looked },
];

/** What is looked at, each with its 90 days. */
export function CheckList({ checks, histories }: { checks: Check[]; histories: Map<string, History> | null }) {
  const range = () => ({ fromMs: Date.now() - 864e5, toMs: Date.now(), sliding: true });
  const asked = useFrames([{ id: 'answers', expr: () => 'check_duration_seconds' }], { widthPx: 108, range, leastStepS: 600, everyMs: 60_000 }).value;
  const traces = useMemo(() => new Map(asked.frames['answers']?.series.map(({ labels, values }) => [labels['check'] ?? '', values])), [asked]);
  return (
    <div class="card">
      <header><h2>Checks</h2><span class="grow" /><p class="legend-bars not-phone"><i class="up" />up<i class="part" />partly down<i class="down" />down over 1 h</p></header>
      <Table name="Checks" tall columns={columnsOf(({ id }) => histories?.get(id), traces)} rows={checks} rowKey={({ id }) => id} usual={{ by: 'state', up: true }} rowClass={({ enabled }) => (enabled ? '' : 'dim')} />
    </div>
  );
}
