import { alarmsError, checkWord, firing, loadAlarms, ofCheck, rules, valueText } from '../../lib/alarms';
import { dateTime, lasting } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { seriesText } from '../../lib/promql';
import type { Episode } from '../../lib/types';
import { Sentence, Trouble } from '../../parts/Sentence';

function told({ deliveries = [] }: Episode): string {
  const sent = deliveries.filter(({ event, state }) => event === 'firing' && state === 'delivered').length;
  const failed = deliveries.filter(({ state }) => state === 'failed').length;
  if (failed) return `${failed} not delivered`;
  return sent ? `${sent} told` : deliveries.length ? 'sending' : 'nobody';
}

function Quiet() {
  const last = useList<Episode>('/api/app/episodes?limit=1', 0).data?.[0];
  const after = last?.ended_ms ? <>Last time: <a href={`/alerts/episodes/${last.id}`}>{last.rule_name}</a>, {dateTime(last.started_ms)}, {lasting(last.ended_ms - last.started_ms)}.</> : null;
  return <Sentence tone={rules.value?.length ? 'ok' : 'plain'} title={rules.value?.length ? 'Nothing is above its line' : 'Nothing is watched yet'}>{after ?? (rules.value?.length ? 'It never was.' : 'Draw a line, and what crosses it shows here.')}</Sentence>;
}

/** One row for each episode that is going on. */
export function Firing() {
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (firing.value.length === 0) return <Quiet />;
  return (
    <div class="card">
      <table class="table tall-rows">
        <thead><tr><th scope="col">Alarm</th><th scope="col" class="right">Is</th><th scope="col" class="right not-phone">Line</th><th scope="col" class="right">For</th><th scope="col" class="right not-phone">Told</th></tr></thead>
        <tbody>{firing.value.map((episode) => {
          const labels = seriesText(episode.labels);
          return (
            <tr key={episode.id}>
              <td><i class="dot bad" aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/episodes/${episode.id}`}><b>{episode.rule_name}</b></a>{ofCheck(episode) ? <span class="mut cut">{episode.message}</span> : labels && <span class="mono mut">{labels}</span>}</span></td>
              <td class="right num bad-text">{ofCheck(episode) ? checkWord(episode) : valueText(episode, episode.value)}</td>
              <td class="right num not-phone">{ofCheck(episode) ? '–' : valueText(episode, episode.threshold)}</td>
              <td class="right num">{lasting(Date.now() - episode.started_ms)}</td>
              <td class="right mut not-phone">{told(episode)}</td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
