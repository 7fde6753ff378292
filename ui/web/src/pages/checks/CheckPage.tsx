import { useMemo, useState } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { api, can, explain, needs } from '../../lib/api';
import { durationMs, lasting } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useList, useLoad, useWidth } from '../../lib/hooks';
import { selector } from '../../lib/promql';
import { rangeNow } from '../../lib/range';
import { navigate } from '../../lib/router';
import { useKey } from '../../lib/rows';
import type { Check, Episode } from '../../lib/types';
import { leave } from '../../lib/undo';
import { Sentence, Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { Bars } from './Bars';
import { CheckForm } from './CheckForm';
import { percent } from './CheckList';
import { historyOf } from './history';
import { PingLines, PingList } from './PingCards';
import { isHeartbeat, stateWord, tone } from './words';
import { Time } from '../../parts/Time';

function Answers({ check }: { check: Check }) {
  const [card, width] = useWidth<HTMLDivElement>();
  const expr = selector('check_duration_seconds', [{ label: 'check', op: '=', value: check.name }]);
  const asked = useFrames([{ id: 'answers', expr: () => expr }], { widthPx: width - 90, leastStepS: 15, range: rangeNow }).value;
  const chart: Chart = useMemo(() => ({
    times: asked.frames['answers']?.times ?? [], curves: [{ name: check.name, color: 's1', values: asked.frames['answers']?.series[0]?.values ?? [] }], unit: { kind: 'seconds' }, shape: 'area', yTicks: 4,
    fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS,
    line: check.degraded_ms ? { value: check.degraded_ms / 1000, op: '>', over: check.state === 'degraded' } : null,
  }), [asked, check]);
  return (
    <div class="card chart-card" ref={card}>
      <header><h2>{isHeartbeat(check) ? 'How long it ran' : 'How long the answer took'}</h2></header>
      {asked.error && <Trouble error={asked.error} />}
      <Plot chart={chart} height={220} title={check.name} />
    </div>
  );
}

function Troubles({ check }: { check: Check }) {
  const { data } = useList<Episode>(`/api/app/episodes?rule_id=${encodeURIComponent(check.id)}&limit=20`, 30_000);
  return (
    <div class="card">
      <header><h2>When it was down</h2></header>
      {data?.length === 0 && <p class="empty">Never, as far as this was watched.</p>}
      {data && data.length > 0 && (
        <table class="table"><thead><tr><th scope="col">Began</th><th scope="col" class="right">Lasted</th><th scope="col">Seen</th></tr></thead>
          <tbody>{data.map((episode) => <tr key={episode.id}><td class="num"><a class="row-link" href={`/alerts/episodes/${episode.id}`}><Time ms={episode.started_ms} /></a>{episode.state === 'firing' && <span class="tag bad">now</span>}</td>
            <td class="right num">{lasting((episode.ended_ms ?? Date.now()) - episode.started_ms)}</td><td class="mut">{episode.acknowledged_by ?? ''}</td></tr>)}</tbody></table>
      )}
    </div>
  );
}

function titleOf(check: Check): string {
  if (!check.enabled) return `${check.name} is not looked at`;
  return check.state === 'unknown' ? `${check.name} was not looked at yet` : `${check.name} is ${stateWord[check.state]}`;
}

/** One check: how it is, how it was, and what it looks at. */
export function CheckPage({ id }: { id: string }) {
  const { data: check, error, reload } = useLoad(() => api<Check>(`/api/app/checks/${encodeURIComponent(id)}`), 5000, id);
  const history = useLoad(() => historyOf(id), 60_000, id).data;
  const [editing, setEditing] = useState(false), [failed, setFailed] = useState<{ message: string; hint: string } | null>(null), [busy, setBusy] = useState(false);
  const parent = { title: 'Health', href: '/checks' };
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await api(`/api/app/checks/${encodeURIComponent(id)}/run`, { method: 'POST', body: {} });
      setFailed(null);
    } catch (cause) {
      setFailed(explain(cause));
    }
    setBusy(false);
    reload();
  };
  useKey('r', () => { if (check && !isHeartbeat(check) && can('edit')) void run(); }, 'Look now');
  if (!check) return <Shell title="Check" parent={parent}>{error && <Trouble error={error} retry={reload} />}</Shell>;
  const remove = (): void => { leave(check.id, `Check ${check.name}`, () => api(`/api/app/checks/${check.id}`, { method: 'DELETE' })); navigate('/checks'); };
  const actions = <><button type="button" class="btn" {...needs('edit')} onClick={() => setEditing(!editing)}>Change</button><button type="button" class="btn ghost" {...needs('edit')} onClick={remove}>Delete</button></>;
  return (
    <Shell title={check.name} parent={parent} ranged actions={actions}>
      <Sentence tone={check.enabled ? tone[check.state] : 'plain'} title={titleOf(check)} actions={isHeartbeat(check) ? null : <button type="button" class="btn" {...needs('edit', busy)} onClick={() => void run()}>{busy ? 'Looking' : 'Look now'}</button>}>
        {check.message}{check.message && ' '}{check.since_ms ? <>Since <Time ms={check.since_ms} />. </> : ''}{check.last_run_ms ? <>Last looked <Time ms={check.last_run_ms} as="ago" />.</> : ''}
      </Sentence>
      {failed && <Trouble error={failed} />}
      {editing && <CheckForm check={check} saved={() => { setEditing(false); reload(); }} cancel={() => setEditing(false)} />}
      {history && <div class="card pad"><div class="channel-head"><h2>90 days</h2><span class="grow" /><b class="num">{percent(history.uptime)}</b></div><Bars days={history.days} name={check.name} /></div>}
      <Answers check={check} />
      <div class="pair"><div class="stack">{isHeartbeat(check) && <PingList check={check} />}<Troubles check={check} /></div>
        <div class="stack"><PingLines check={check} />
          <div class="card pad"><h2>What it looks at</h2><dl class="facts">
            <div><dt>Kind</dt><dd>{check.kind}</dd></div>
            {check.target && <div><dt>Target</dt><dd class="mono">{check.target}</dd></div>}
            <div><dt>{check.schedule ? 'Schedule' : 'Every'}</dt><dd class={check.schedule ? 'mono' : 'num'}>{check.schedule ?? lasting(durationMs(check.interval))}</dd></div>
            {check.grace && <div><dt>May be late by</dt><dd class="num">{lasting(durationMs(check.grace))}</dd></div>}
            {!isHeartbeat(check) && <div><dt>Down after</dt><dd class="num">{check.retries + 1} bad results</dd></div>}
          </dl></div></div></div>
    </Shell>
  );
}
