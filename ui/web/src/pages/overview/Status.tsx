import type { ComponentChildren } from 'preact';
import { alarmsError, checkWord, firing, levels, loadAlarms, ofCheck, opWord, originOf, rules, valueText } from '../../lib/alarms';
import { durationMs, lasting, plural } from '../../lib/format';
import type { Episode } from '../../lib/types';
import { SilenceButton } from '../../parts/SilenceButton';
import { Sentence, Trouble } from '../../parts/Sentence';
import { Time, Until } from '../../parts/Time';

function told(episode: Episode): ComponentChildren {
  const done = episode.deliveries?.filter((delivery) => delivery.state === 'delivered' && delivery.event === 'firing') ?? [];
  const at = done[0]?.attempts.at(-1)?.at_ms;
  return at ? <> Told {plural(done.length, 'channel')} at <Time ms={at} />.</> : null;
}

function titleOf(episodes: Episode[]): string {
  const checks = episodes.filter(ofCheck).length, alarms = episodes.length - checks;
  const where = episodes.every((each) => ofCheck(each) || each.op === '>' || each.op === '>=') ? 'above' : 'beyond';
  const lines = alarms === 1 ? `1 alarm is ${where} its line` : `${alarms} alarms are ${where} their lines`;
  if (!checks) return lines;
  const trouble = `${plural(checks, 'check')} in trouble`;
  return alarms ? `${lines}, ${trouble}` : checks === 1 ? `1 check is ${checkWord(episodes[0]!)}` : `${checks} checks are in trouble`;
}

function What({ episode }: { episode: Episode }) {
  const rule = rules.value?.find(({ id }) => id === episode.rule_id) ?? episode;
  if (ofCheck(episode)) return <>{checkWord(episode)}{episode.message ? <>: {episode.message}</> : null}</>;
  return <><b class="num">{valueText(rule, episode.value)}</b>{episode.threshold != null && <>, line at <span class="num">{valueText(rule, episode.threshold)}</span></>}</>;
}

function Firing({ episodes }: { episodes: Episode[] }) {
  const worst = episodes.find(({ severity }) => severity === 'critical') ?? episodes[0]!;
  return (
    <Sentence tone="bad" title={titleOf(episodes)}
      actions={<>{episodes.length > 1 && <a class="btn ghost not-phone" href="/alerts">All firing</a>}<SilenceButton key={worst.id} episode={worst} /><a class="btn primary" href={`/alerts/episodes/${worst.id}`}>Open episode</a></>}>
      <a href={originOf(worst)}>{worst.rule_name}</a> is <What episode={worst} />{ofCheck(worst) ? ' For' : ', for'} <Until ms={worst.started_ms}>{lasting(Date.now() - worst.started_ms)}</Until>.{told(worst)}
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
  if (!rules.value) return <section class="sentence" />;
  return firing.value.length ? <Firing episodes={firing.value} /> : <Calm />;
}
