import { useMemo, useState } from 'preact/hooks';
import { Plot } from '../../chart/Plot';
import type { Chart } from '../../chart/model';
import { checkWord, ofCheck, opWord, originOf, valueText } from '../../lib/alarms';
import { api, can, explain } from '../../lib/api';
import { clock, dateTime, lasting } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useList, useLoad, useWidth } from '../../lib/hooks';
import { selector, seriesText, unitOfExpr } from '../../lib/promql';
import type { Channel, Delivery, Episode, Mute } from '../../lib/types';
import { Sentence, Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';

const margin = 30 * 60_000;

const muteWords: Record<Mute['by'], string> = { silence: 'Silenced', maintenance: 'Maintenance', quiet_hours: 'Quiet hours', dependency: 'Behind another' };

const matches = (labels: Record<string, string>, wanted: Record<string, string>): boolean =>
  Object.entries(labels).every(([name, value]) => name === '__name__' || wanted[name] === undefined || wanted[name] === value);

function EpisodeChart({ episode }: { episode: Episode }) {
  const [card, width] = useWidth<HTMLDivElement>();
  const range = () => ({ fromMs: episode.started_ms - margin, toMs: Math.min(Date.now(), (episode.ended_ms ?? Date.now()) + margin), sliding: false });
  const expr = ofCheck(episode) ? selector('check_duration_seconds', [{ label: 'check', op: '=', value: episode.rule_name }]) : episode.expr;
  const asked = useFrames([{ id: 'episode', expr: () => expr }], { widthPx: width - 90, range }).value;
  const chart: Chart = useMemo(() => {
    const frame = asked.frames['episode'];
    const series = frame?.series.find(({ labels }) => matches(labels, episode.labels)) ?? frame?.series[0];
    return {
      times: frame?.times ?? [], curves: [{ name: episode.rule_name, color: 's1', values: series?.values ?? [] }], unit: unitOfExpr(expr), shape: 'area', yTicks: 4,
      fromMs: asked.range.fromMs, toMs: asked.range.toMs, stepS: asked.stepS, episodes: [[episode.started_ms, episode.ended_ms ?? Date.now()]],
      line: episode.threshold == null || !episode.op ? null : { value: episode.threshold, op: episode.op, over: episode.state === 'firing' },
    };
  }, [asked, episode]);
  return (
    <div class="card chart-card" ref={card}>
      <header><h2>That hour</h2></header>
      {asked.error && <Trouble error={asked.error} />}
      <Plot chart={chart} height={260} title={episode.rule_name} />
    </div>
  );
}

/** A message that was given up can be sent again. */
function Failed({ delivery, name }: { delivery: Delivery; name: string }) {
  const [said, setSaid] = useState('');
  const replay = async (): Promise<void> => {
    try {
      await api(`/api/app/deliveries/${delivery.id}/replay`, { method: 'POST', body: {} });
      setSaid('It is on its way again.');
    } catch (cause) {
      setSaid(explain(cause).message);
    }
  };
  return <p class="list-note"><span class="bad-text">{name} was given up.</span> {said || <button type="button" class="link" disabled={!can('edit')} onClick={() => void replay()}>Send it again</button>}</p>;
}

function Deliveries({ deliveries, channels }: { deliveries: Delivery[]; channels: Channel[] }) {
  const attempts = deliveries.flatMap((delivery) => delivery.attempts.map((attempt) => ({ delivery, attempt }))).sort((a, b) => a.attempt.at_ms - b.attempt.at_ms);
  const waiting = deliveries.filter(({ state }) => state === 'pending');
  return (
    <div class="card">
      <header><h2>Messages</h2><p>every attempt</p></header>
      {attempts.length === 0 && <p class="empty">{waiting.length ? 'The first is on its way.' : 'It tells nobody.'}</p>}
      {attempts.length > 0 && (
        <table class="table">
          <thead><tr><th scope="col">At</th><th scope="col">Channel</th><th scope="col" class="not-phone">What</th><th scope="col">Answer</th><th scope="col" class="right not-phone">Took</th></tr></thead>
          <tbody>{attempts.map(({ delivery, attempt }, i) => (
            <tr key={i}><td class="num">{clock(attempt.at_ms, true)}</td><td>{channels.find(({ id }) => id === delivery.channel_id)?.name ?? delivery.channel_id}</td><td class="not-phone">{delivery.event}</td>
              <td class={`answer ${attempt.error ? 'bad-text' : 'ok-text'}`}>{attempt.status ?? ''} {attempt.error ?? (attempt.status ? '' : 'no answer')}</td><td class="right num not-phone">{Math.round(attempt.duration_ms)} ms</td></tr>
          ))}</tbody>
        </table>
      )}
      {deliveries.filter(({ state }) => state === 'failed').map((delivery) => <Failed key={delivery.id} delivery={delivery} name={channels.find(({ id }) => id === delivery.channel_id)?.name ?? delivery.channel_id} />)}
      {waiting.map(({ id, next_attempt_ms: next }) => next && <p key={id} class="list-note mut">Next try at {clock(next, true)}.</p>)}
    </div>
  );
}

/** One firing, as a receipt: what was, when, and who was told. */
export function EpisodePage({ id }: { id: string }) {
  const { data: episode, error, reload } = useLoad(() => api<Episode>(`/api/app/episodes/${encodeURIComponent(id)}`), 5000, id);
  const deliveries = useList<Delivery>(`/api/app/deliveries?episode_id=${encodeURIComponent(id)}`, 5000).data;
  const channels = useList<Channel>('/api/app/channels', 0).data ?? [];
  const seen = async (): Promise<void> => { await api(`/api/app/episodes/${id}/acknowledge`, { method: 'POST', body: { by: 'page' } }); reload(); };
  const parent = { title: 'Alerts', href: '/alerts' };
  if (!episode) return <Shell title="Episode" parent={parent}>{error && <Trouble error={error} retry={reload} />}</Shell>;
  const over = episode.state === 'firing';
  const labels = seriesText(episode.labels);
  const silence = over && can('edit') ? <a class="btn" href={`/alerts/silences?silence=${encodeURIComponent(`alertname="${episode.rule_name}"`)}`}>Silence</a> : null;
  const action = over && !episode.acknowledged_ms && can('edit') ? <button type="button" class="btn" onClick={() => void seen()}>I have seen it</button> : null;
  return (
    <Shell title={episode.rule_name} parent={parent} actions={<a class="btn" href={originOf(episode)}>{ofCheck(episode) ? 'Open check' : 'Open alarm'}</a>}>
      <Sentence tone={over ? 'bad' : 'ok'} title={ofCheck(episode) ? `${episode.rule_name} ${over ? `is ${checkWord(episode)}` : `was ${checkWord(episode)} for ${lasting((episode.ended_ms ?? 0) - episode.started_ms)}`}` : over ? `${episode.rule_name} is ${opWord(episode.op)} its line` : `${episode.rule_name} was ${opWord(episode.op)} its line for ${lasting((episode.ended_ms ?? 0) - episode.started_ms)}`} actions={<>{silence}{action}</>}>
        {ofCheck(episode) ? episode.message : over ? <>It is <b class="num">{valueText(episode, episode.value)}</b>, line at {valueText(episode, episode.threshold)}, for {lasting(Date.now() - episode.started_ms)}.</> : <>Peak {valueText(episode, episode.peak)}, line at {valueText(episode, episode.threshold)}.</>}
      </Sentence>
      <EpisodeChart episode={episode} />
      <div class="pair">
        <Deliveries deliveries={deliveries ?? episode.deliveries ?? []} channels={channels} />
        <div class="card pad">
          <h2>Receipt</h2>
          <dl class="facts">
            <div><dt>Began</dt><dd class="num">{dateTime(episode.started_ms)}</dd></div>
            {!ofCheck(episode) && <div><dt>Peak</dt><dd class="num">{valueText(episode, episode.peak)}</dd></div>}
            <div><dt>Ended</dt><dd class="num">{episode.ended_ms ? dateTime(episode.ended_ms) : 'not yet'}</dd></div>
            {episode.acknowledged_ms && <div><dt>Seen</dt><dd class="num">{dateTime(episode.acknowledged_ms)}</dd></div>}
            {(episode.mutes ?? []).map((mute) => <div key={`${mute.by} ${mute.id} ${mute.from_ms}`}><dt>{muteWords[mute.by]}</dt><dd>{mute.reason}{mute.who && ` (${mute.who})`} <span class="mut num">{dateTime(mute.from_ms)}{mute.until_ms ? ` – ${clock(mute.until_ms)}` : ''}</span></dd></div>)}
            {labels && <div><dt>Series</dt><dd class="mono">{labels}</dd></div>}
          </dl>
          <pre class="code">{episode.expr}{episode.op ? ` ${episode.op} ${episode.threshold}` : ''}</pre>
        </div>
      </div>
    </Shell>
  );
}
