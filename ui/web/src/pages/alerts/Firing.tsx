import { alarmsError, checkWord, firing, loadAlarms, ofCheck, rules, valueText } from '../../lib/alarms';
import { lasting, utc } from '../../lib/format';
import { useFrames } from '../../lib/frames';
import { useList } from '../../lib/hooks';
import { useKey, useRowKeys } from '../../lib/rows';
import { seriesText } from '../../lib/promql';
import type { Episode } from '../../lib/types';
import { Spark } from '../../chart/Spark';
import { Sentence, Trouble } from '../../parts/Sentence';
import { SilenceButton } from '../../parts/SilenceButton';
import { quickLengths } from './lengths';
import { Time } from '../../parts/Time';

function told({ deliveries = [] }: Episode): string {
  const sent = deliveries.filter(({ event, state }) => event === 'firing' && state === 'delivered').length;
  const failed = deliveries.filter(({ state }) => state === 'failed').length;
  if (failed) return `${failed} not delivered`;
  return sent ? `${sent} told` : deliveries.length ? 'sending' : 'nobody';
}

function Quiet() {
  const last = useList<Episode>('/api/app/episodes?limit=1', 0).data?.[0];
  const after = last?.ended_ms ? <>Last time: <a href={`/alerts/episodes/${last.id}`}>{last.rule_name}</a>, <Time ms={last.started_ms} />, {lasting(last.ended_ms - last.started_ms)}.</> : null;
  return <Sentence tone={rules.value?.length ? 'ok' : 'plain'} title={rules.value?.length ? 'Nothing is above its line' : 'Nothing is watched yet'}>{after ?? (rules.value?.length ? 'It never was.' : 'Draw a line, and what crosses it shows here.')}</Sentence>;
}

const traced = 20;

/** What the firing alarms measured in the last hour, by the episode. */
function useTraces(episodes: Episode[]): Map<string, (number | null)[]> {
  const shown = episodes.filter((episode) => !ofCheck(episode)).slice(0, traced);
  const range = () => ({ fromMs: Date.now() - 36e5, toMs: Date.now(), sliding: true });
  const asks = [...new Set(shown.map(({ expr }) => expr))].map((expr) => ({ id: expr, expr: () => expr }));
  const { frames } = useFrames(asks, { widthPx: 120, range, everyMs: 30_000 }).value;
  return new Map(shown.map(({ id, expr, labels }) => {
    const series = frames[expr]?.series;
    const own = series?.find((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === undefined || each.labels[name] === value));
    return [id, (own ?? series?.[0])?.values ?? []];
  }));
}

function Row({ episode, trace }: { episode: Episode; trace: (number | null)[] }) {
  const labels = seriesText(episode.labels), check = ofCheck(episode);
  return (
    <tr>
      <td><i class="dot bad" aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/episodes/${episode.id}`}><b>{episode.rule_name}</b></a>{check ? <span class="mut cut">{episode.message}</span> : labels ? <span class="mono mut cut">{labels}</span> : <span class="mut num">line at {valueText(episode, episode.threshold)}</span>}</span></td>
      <td class="not-phone">{check ? <span class="mut">–</span> : <Spark values={trace} width={120} height={28} fill line={episode.threshold ?? null} />}</td>
      <td class="right num bad-text">{check ? checkWord(episode) : valueText(episode, episode.value)}</td>
      <td class="right num" title={`Since ${utc(episode.started_ms)}`}>{lasting(Date.now() - episode.started_ms)}</td>
      <td class="right mut not-phone">{told(episode)}</td>
      <td class="right"><SilenceButton episode={episode} small lengths={quickLengths} /></td>
    </tr>
  );
}

/** One row for each episode that is going on. */
export function Firing() {
  const traces = useTraces(firing.value);
  useRowKeys();
  useKey('s', () => (document.activeElement?.closest('tr') ?? document.querySelector('main tbody tr'))?.querySelector<HTMLElement>('[data-silence]')?.click(), 'Silence for 1 h');
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (firing.value.length === 0) return <Quiet />;
  return (
    <div class="card">
      <table class="table tall-rows">
        <thead><tr><th scope="col">Alarm</th><th scope="col" class="not-phone">Last hour</th><th scope="col" class="right">Is</th><th scope="col" class="right">For</th><th scope="col" class="right not-phone">Told</th><th scope="col"><span class="unseen">Silence</span></th></tr></thead>
        <tbody>{firing.value.map((episode) => <Row key={episode.id} episode={episode} trace={traces.get(episode.id) ?? []} />)}</tbody>
      </table>
    </div>
  );
}
