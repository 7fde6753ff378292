import { useMemo } from 'preact/hooks';
import { Spark } from '../../chart/Spark';
import { ago, format, lasting } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import type { Check } from '../../lib/types';
import { Bars } from './Bars';
import { historiesOf, type History } from './history';
import { dot, stateWord } from './words';

export const percent = (share: number | null | undefined): string => {
  if (share == null || Number.isNaN(share)) return '–';
  const value = Math.floor(share * 10_000) / 100;
  return `${value === 100 || value === 0 ? value : value.toFixed(2)} %`;
};

interface RowProps { check: Check; history: History | undefined; trace: (number | null)[] }

function Row({ check, history, trace }: RowProps) {
  const { id, name, target, state, message } = check;
  return (
    <tr class={check.enabled ? '' : 'dim'}>
      <td><i class={`dot ${check.enabled ? dot[state] : 'off'}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/checks/${id}`}><b>{name}</b></a><span class={state === 'down' ? 'bad-text cut' : 'mono mut cut'}>{state === 'down' && message ? message : target || check.kind}</span></span></td>
      <td class="bars-cell not-phone">{history && <Bars days={history.days} name={name} />}</td>
      <td class="right num">{percent(history?.uptime)}</td>
      <td class="not-narrow"><Spark values={trace} width={108} height={22} /><span class="num answer-time">{check.duration_ms === null ? '' : format(check.duration_ms, { kind: 'milliseconds' })}</span></td>
      <td class="right num mut not-phone" title={stateWord[state]}>{check.enabled ? (check.last_run_ms ? ago(check.last_run_ms) : 'soon') : 'off'}</td>
    </tr>
  );
}

/** What is looked at, each with its 90 days. */
export function CheckList({ checks }: { checks: Check[] }) {
  const past = useLoad(() => historiesOf(checks), 300_000, String(checks.length)).data;
  const range = () => ({ fromMs: Date.now() - 864e5, toMs: Date.now(), sliding: true });
  const asked = useFrames([{ id: 'answers', expr: () => 'check_duration_seconds' }], { widthPx: 108, range, leastStepS: 600, everyMs: 60_000 }).value;
  const traces = useMemo(() => new Map(asked.frames['answers']?.series.map(({ labels, values }) => [labels['check'] ?? '', values])), [asked]);
  return (
    <div class="card">
      <header><h2>Checks</h2><span class="grow" /><p class="legend-bars not-phone"><i class="up" />up<i class="part" />partly down<i class="down" />down over 1 h</p></header>
      <table class="table tall-rows">
        <thead><tr><th scope="col">Check</th><th scope="col" class="bars-cell not-phone"><span class="ends"><span>90 days ago</span><span>today</span></span></th><th scope="col" class="right">Uptime</th><th scope="col" class="not-narrow">Answers in, 24 h</th><th scope="col" class="right not-phone">Last looked</th></tr></thead>
        <tbody>{checks.map((check) => <Row key={check.id} check={check} history={past?.get(check.id)} trace={traces.get(check.name) ?? []} />)}</tbody>
      </table>
    </div>
  );
}

/** Jobs that report in: their silence is the alarm. */
export function Heartbeats({ checks }: { checks: Check[] }) {
  const past = useLoad(() => historiesOf(checks), 300_000, String(checks.length)).data;
  return (
    <div class="card">
      <header><h2>Heartbeats</h2><p>jobs that report in; silence is the alarm</p></header>
      <table class="table tall-rows">
        <thead><tr><th scope="col">Job</th><th scope="col" class="bars-cell not-phone"><span class="ends"><span>90 days ago</span><span>today</span></span></th><th scope="col">Last run</th><th scope="col" class="right">Next</th></tr></thead>
        <tbody>{checks.map((check) => (
          <tr key={check.id}>
            <td><i class={`dot ${dot[check.state]}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/checks/${check.id}`}><b>{check.name}</b></a><span class="mono mut">{check.schedule ?? `every ${check.interval}`}</span></span></td>
            <td class="bars-cell not-phone">{past?.get(check.id) && <Bars days={past.get(check.id)!.days} name={check.name} />}</td>
            <td><span class="stacked"><span class="num">{check.last_run_ms ? ago(check.last_run_ms) : 'never'}</span>{check.duration_ms !== null && <span class="mut num">took {lasting(check.duration_ms)}</span>}</span></td>
            <td class={`right num${check.state === 'down' ? ' bad-text' : ' mut'}`}>{check.state === 'down' ? check.message ?? 'late' : check.next_run_ms ? `in ${lasting(check.next_run_ms - Date.now())}` : '–'}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
