import { alarmsError, firing, levels, loadAlarms, opWord, rules, valueText } from '../../lib/alarms';
import { dateTime, durationMs, lasting, plural } from '../../lib/format';
import type { Episode } from '../../lib/types';
import { Sentence, Trouble } from '../../parts/Sentence';

function told(episode: Episode): string {
  const done = episode.deliveries?.filter((delivery) => delivery.state === 'delivered' && delivery.event === 'firing') ?? [];
  const at = done[0]?.attempts.at(-1)?.at_ms;
  return at ? ` Told ${plural(done.length, 'channel')} at ${dateTime(at)}.` : '';
}

function Firing({ episodes }: { episodes: Episode[] }) {
  const worst = episodes.find(({ severity }) => severity === 'critical') ?? episodes[0]!;
  const rule = rules.value?.find(({ id }) => id === worst.rule_id) ?? worst;
  const title = episodes.length === 1 ? '1 alarm is beyond its line' : `${episodes.length} alarms are beyond their lines`;
  return (
    <Sentence tone="bad" title={episodes.every(({ op }) => op === '>' || op === '>=') ? title.replaceAll('beyond', 'above') : title}
      actions={<><a class="btn" href="/alerts">All firing</a><a class="btn primary" href={`/alerts/episodes/${worst.id}`}>Open episode</a></>}>
      <a href={`/alerts/rules/${worst.rule_id}`}>{worst.rule_name}</a> is <b class="num">{valueText(rule, worst.value)}</b>
      {worst.threshold !== undefined && <>, line at <span class="num">{valueText(rule, worst.threshold)}</span></>}, for {lasting(Date.now() - worst.started_ms)}.{told(worst)}
    </Sentence>
  );
}

function Calm() {
  const all = levels.value, broken = (rules.value ?? []).filter(({ state }) => state === 'error');
  if (broken.length)
    return <Sentence tone="warn" title={`${plural(broken.length, 'alarm')} cannot be evaluated`}><a href={`/alerts/rules/${broken[0]!.id}`}>{broken[0]!.name}</a>: {broken[0]!.error}</Sentence>;
  if (!rules.value?.length)
    return <Sentence tone="plain" title="Nothing is watched yet" actions={<a class="btn primary" href="/alerts/new">Draw a line</a>}>An alarm is a line on a chart. Draw one, and this page says how near it is.</Sentence>;
  const next = all.find(({ rule }) => rule.value !== null);
  if (!next && all.length) return <Sentence tone="plain" title="No alarm has a value yet">They are looked at every few seconds, and need data to look at.</Sentence>;
  if (!next) return <Sentence tone="ok" title="Everything is calm" />;
  const left = Math.max(0, Math.round((1 - next.level) * 100));
  const closest = next.level > 1
    ? <><a href={`/alerts/rules/${next.rule.id}`}>{next.rule.name}</a> is {opWord(next.rule.op)} its line and fires after {lasting(durationMs(next.rule.for))}</>
    : <>closest: <a href={`/alerts/rules/${next.rule.id}`}>{next.rule.name}</a>, {left} % to go</>;
  return <Sentence tone={next.level >= 0.8 ? 'warn' : 'ok'} title={next.level > 1 ? 'One alarm is about to fire' : next.rule.op?.startsWith('<') ? 'Everything is within its line' : 'Everything is below its line'}>{closest}</Sentence>;
}

/** The first thing that the overview says. */
export function OverviewStatus() {
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (!rules.value) return <div class="sentence" />;
  return firing.value.length ? <Firing episodes={firing.value} /> : <Calm />;
}
