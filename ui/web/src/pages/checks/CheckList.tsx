import { useMemo } from 'preact/hooks';
import { Spark } from '../../chart/Spark';
import { format } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import type { Check } from '../../lib/types';
import { Bars } from './Bars';
import type { History } from './history';
import { dot, stateWord } from './words';
import { Time } from '../../parts/Time';

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
      <td class="bars-cell">{history && <Bars days={history.days} name={name} />}</td>
      <td class="right num not-narrow">{percent(history?.uptime)}</td>
      <td class="not-phone"><Spark values={trace} width={108} height={22} /><span class="num answer-time">{check.duration_ms === null ? '' : format(check.duration_ms, { kind: 'milliseconds' })}</span></td>
      <td class="right num mut not-phone" title={stateWord[state]}>{check.enabled ? (check.last_run_ms ? <Time ms={check.last_run_ms} as="ago" /> : 'soon') : 'off'}</td>
    </tr>
  );
}

/** What is looked at, each with its 90 days. */
export function CheckList({ checks, histories }: { checks: Check[]; histories: Map<string, History> | null }) {
  const range = () => ({ fromMs: Date.now() - 864e5, toMs: Date.now(), sliding: true });
  const asked = useFrames([{ id: 'answers', expr: () => 'check_duration_seconds' }], { widthPx: 108, range, leastStepS: 600, everyMs: 60_000 }).value;
  const traces = useMemo(() => new Map(asked.frames['answers']?.series.map(({ labels, values }) => [labels['check'] ?? '', values])), [asked]);
  return (
    <div class="card">
      <header><h2>Checks</h2><span class="grow" /><p class="legend-bars not-phone"><i class="up" />up<i class="part" />partly down<i class="down" />down over 1 h</p></header>
      <table class="table tall-rows">
        <thead><tr><th scope="col">Check</th><th scope="col" class="bars-cell"><span class="ends"><span class="not-phone">90 days ago</span><span class="only-phone">45 days</span><span>today</span></span></th><th scope="col" class="right not-narrow">Uptime</th><th scope="col" class="not-phone">Answers in, 24 h</th><th scope="col" class="right not-phone">Last looked</th></tr></thead>
        <tbody>{checks.map((check) => <Row key={check.id} check={check} history={histories?.get(check.id)} trace={traces.get(check.name) ?? []} />)}</tbody>
      </table>
    </div>
  );
}
