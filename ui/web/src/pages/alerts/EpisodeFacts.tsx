import { ofCheck, valueText } from '../../lib/alarms';
import { dateTime, format, lasting, utc, type Unit } from '../../lib/format';
import { seriesText } from '../../lib/promql';
import type { Episode, Mute } from '../../lib/types';
import type { Near } from './near';
import { Time } from '../../parts/Time';

const muteWords: Record<Mute['by'], string> = { silence: 'Silenced', maintenance: 'Maintenance', quiet_hours: 'Quiet hours', dependency: 'Behind another' };

function distance(atMs: number, startedMs: number): string {
  return atMs <= startedMs ? `${lasting(startedMs - atMs)} before` : `${lasting(atMs - startedMs)} after it began`;
}

interface FactsProps { episode: Episode; normal: [number, number] | null; unit: Unit; near: Near[] }

/** When it began and ended, how high it was, what is normal then, and what happened near it. */
export function EpisodeFacts({ episode, normal, unit, near }: FactsProps) {
  const labels = seriesText(episode.labels);
  return (
    <div class="card pad">
      <h2>Receipt</h2>
      <dl class="facts">
        <div><dt>Began</dt><dd class="num" title={utc(episode.started_ms)}>{dateTime(episode.started_ms)}</dd></div>
        {!ofCheck(episode) && <div><dt>Peak</dt><dd class="num">{valueText(episode, episode.peak)}</dd></div>}
        <div><dt>Ended</dt><dd class="num" title={episode.ended_ms ? utc(episode.ended_ms) : ''}>{episode.ended_ms ? `${dateTime(episode.ended_ms)}, after ${lasting(episode.ended_ms - episode.started_ms)}` : 'not yet'}</dd></div>
        {!ofCheck(episode) && <div><dt>Normal for that hour</dt><dd class="num">{normal ? `${format(normal[0], unit)} – ${format(normal[1], unit)}` : <span class="mut">too little data to say</span>}</dd></div>}
        <div><dt>Near it</dt><dd>{near.length === 0 ? <span class="mut">no deploy, no mark</span> : near.slice(0, 5).map(({ id, title, atMs }) => <span key={id} class="near-mark">{title} <span class="mut num" title={utc(atMs)}>{distance(atMs, episode.started_ms)}</span></span>)}</dd></div>
        {episode.acknowledged_ms && <div><dt>Seen</dt><dd class="num"><Time ms={episode.acknowledged_ms} />{episode.acknowledged_by && ` by ${episode.acknowledged_by}`}</dd></div>}
        {(episode.mutes ?? []).map((mute) => <div key={`${mute.by} ${mute.id} ${mute.from_ms}`}><dt>{muteWords[mute.by]}</dt><dd>{mute.reason}{mute.who && ` (${mute.who})`} <span class="mut"><Time ms={mute.from_ms} />{mute.until_ms && <> – <Time ms={mute.until_ms} as="minute" /></>}</span></dd></div>)}
        {labels && <div><dt>Series</dt><dd class="mono">{labels}</dd></div>}
      </dl>
      <pre class="code">{episode.expr}{episode.op ? ` ${episode.op} ${episode.threshold}` : ''}</pre>
    </div>
  );
}
