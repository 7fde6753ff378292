import { useState } from 'preact/hooks';
import { checkWord, ofCheck, opWord, originOf, valueText } from '../../lib/alarms';
import { api, explain, inProject, needs } from '../../lib/api';
import { lasting } from '../../lib/format';
import { useList, useLoad } from '../../lib/hooks';
import type { Channel, Delivery, Episode } from '../../lib/types';
import { Sentence, Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { SilenceButton } from '../../parts/SilenceButton';
import { EpisodeChart, useEpisodeFrame } from './EpisodeChart';
import { EpisodeFacts } from './EpisodeFacts';
import { EpisodeNotes } from './EpisodeNotes';
import { quickLengths } from './lengths';
import { useNear, type Near } from './near';
import { Time } from '../../parts/Time';

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
  return <p class="list-note"><span class="bad-text">{name} was given up.</span> {said || <button type="button" class="link" {...needs('edit')} onClick={() => void replay()}>Send it again</button>}</p>;
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
            <tr key={i}><td><Time ms={attempt.at_ms} as="clock" /></td><td>{channels.find(({ id }) => id === delivery.channel_id)?.name ?? delivery.channel_id}</td><td class="not-phone">{delivery.event}</td>
              <td class={`answer ${attempt.error ? 'bad-text' : 'ok-text'}`}>{attempt.status ?? ''} {attempt.error ?? (attempt.status ? '' : 'no answer')}</td><td class="right num not-phone">{Math.round(attempt.duration_ms)} ms</td></tr>
          ))}</tbody>
        </table>
      )}
      {deliveries.filter(({ state }) => state === 'failed').map((delivery) => <Failed key={delivery.id} delivery={delivery} name={channels.find(({ id }) => id === delivery.channel_id)?.name ?? delivery.channel_id} />)}
      {waiting.map(({ id, next_attempt_ms: next }) => next && <p key={id} class="list-note mut">Next try at <Time ms={next} as="clock" />.</p>)}
    </div>
  );
}

function titleOf(episode: Episode): string {
  const { rule_name: name } = episode, word = ofCheck(episode) ? checkWord(episode) : `${opWord(episode.op)} its line`;
  return episode.state === 'firing' ? `${name} is ${word}` : `${name} was ${word} for ${lasting((episode.ended_ms ?? 0) - episode.started_ms)}`;
}

function Figures({ episode }: { episode: Episode }) {
  if (ofCheck(episode)) return <>{episode.message}</>;
  const line = <>line at <span class="num">{valueText(episode, episode.threshold)}</span></>;
  if (episode.state !== 'firing') return <>Peak <b class="num">{valueText(episode, episode.peak)}</b>, {line}.</>;
  return <>It is <b class="num">{valueText(episode, episode.value)}</b>, {line}, for {lasting(Date.now() - episode.started_ms)}.</>;
}

const nothing: Near[] = [];

function Receipt({ episode, reload }: { episode: Episode; reload: () => void }) {
  const deliveries = useList<Delivery>(`/api/app/deliveries?episode_id=${encodeURIComponent(episode.id)}`, 5000).data;
  const channels = useList<Channel>('/api/app/channels', 0).data ?? [];
  const around = useNear(episode), near = around.data?.near ?? nothing;
  const frame = useEpisodeFrame(episode, near);
  const [failed, setFailed] = useState<{ message: string; hint: string } | null>(null);
  const seen = async (): Promise<void> => {
    try {
      await api(`/api/app/episodes/${episode.id}/acknowledge`, { method: 'POST', body: { by: 'page' } });
      reload();
    } catch (cause) {
      setFailed(explain(cause));
    }
  };
  const over = episode.state === 'firing';
  const actions = over ? <><SilenceButton episode={episode} lengths={quickLengths} />{!episode.acknowledged_ms && <button type="button" class="btn" {...needs('edit')} onClick={() => void seen()}>I have seen it</button>}</> : null;
  return (
    <>
      <Sentence tone={over ? 'bad' : 'ok'} title={titleOf(episode)} actions={actions}><Figures episode={episode} /></Sentence>
      {failed && <Trouble error={failed} />}
      <EpisodeChart episode={episode} frame={frame} />
      <div class="pair">
        <div class="stack"><Deliveries deliveries={deliveries ?? episode.deliveries ?? []} channels={channels} /><EpisodeNotes episode={episode} notes={around.data?.notes ?? []} reload={around.reload} /></div>
        <EpisodeFacts episode={episode} normal={frame.normal} unit={frame.chart.unit} near={near} />
      </div>
    </>
  );
}

/** One firing, as a receipt: what was, when, and who was told. To link, to print, and to keep as JSON. */
export function EpisodePage({ id }: { id: string }) {
  const { data: episode, error, reload } = useLoad(() => api<Episode>(`/api/app/episodes/${encodeURIComponent(id)}`), 5000, id);
  const parent = { title: 'Alerts', href: '/alerts/episodes' };
  if (!episode) return <Shell title="Episode" parent={parent}>{error && <Trouble error={error} retry={reload} />}</Shell>;
  const actions = (
    <>
      <a class="btn ghost not-phone" href={inProject(`/api/app/episodes/${encodeURIComponent(id)}`)} download={`episode-${id}.json`}>JSON</a>
      <button type="button" class="btn ghost not-phone" onClick={() => window.print()}>Print</button>
      <a class="btn" href={originOf(episode)}>{ofCheck(episode) ? 'Open check' : 'Open alarm'}</a>
    </>
  );
  return <Shell title={episode.rule_name} parent={parent} actions={actions}><Receipt key={id} episode={episode} reload={reload} /></Shell>;
}
