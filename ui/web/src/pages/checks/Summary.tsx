import { ofCheck } from '../../lib/alarms';
import { ago, lasting, plural, utc } from '../../lib/format';
import { useList } from '../../lib/hooks';
import type { Check, Episode } from '../../lib/types';
import { Sentence } from '../../parts/Sentence';
import type { History } from './history';
import { percent } from './CheckList';
import { isHeartbeat } from './words';
import { Time } from '../../parts/Time';

function Figures({ histories }: { histories: Map<string, History> | null }) {
  const incidents = (useList<Episode>('/api/app/episodes?limit=200', 60_000).data ?? []).filter(ofCheck);
  const known = [...(histories?.values() ?? [])].flatMap(({ uptime }) => (uptime === null ? [] : [uptime]));
  const longest = Math.max(0, ...incidents.map(({ started_ms: from, ended_ms: to }) => (to ?? Date.now()) - from)), last = incidents[0];
  return (
    <dl class="vital-figures num">
      <div><dt>Uptime, 90 days</dt><dd>{known.length ? percent(known.reduce((sum, each) => sum + each, 0) / known.length) : '–'}</dd></div>
      <div><dt>Last incident</dt><dd title={last ? utc(last.started_ms) : ''}>{last ? (last.ended_ms ? ago(last.ended_ms) : 'now') : 'none'}</dd></div>
      <div><dt>Longest</dt><dd>{longest > 0 ? lasting(longest) : '–'}</dd></div>
    </dl>
  );
}

const counted = (count: number, word: string, rest: string): string => `${count} ${count === 1 ? `${word} is` : `${word}s are`} ${rest}`;

function titleOf(probes: Check[], beats: Check[]): string {
  const bad = (list: Check[], state: Check['state']): number => list.filter((each) => each.state === state).length;
  const waiting = bad(probes, 'unknown'), down = bad(probes, 'down'), slow = bad(probes, 'degraded'), missing = bad(beats, 'down') + bad(beats, 'degraded');
  const beating = missing ? counted(missing, 'heartbeat', 'missing') : '';
  if (!probes.length) return beating || (beats.every(({ state }) => state === 'unknown') ? 'No job has reported yet' : beats.length === 1 ? 'The job reports in time' : 'All jobs report in time');
  const looked = down ? counted(down, 'check', 'down') : slow ? counted(slow, 'check', 'slow') : waiting === probes.length ? 'Looking for the first time' : probes.length === 1 ? 'The check is up' : `All ${probes.length - waiting} checks are up`;
  return beating ? `${looked}, ${beating}` : looked;
}

/** How all checks and jobs are, in one sentence. */
export function Summary({ checks, histories }: { checks: Check[]; histories: Map<string, History> | null }) {
  const watched = checks.filter(({ enabled }) => enabled), probes = watched.filter((check) => !isHeartbeat(check)), beats = watched.filter(isHeartbeat);
  const worst = watched.find(({ state }) => state === 'down') ?? watched.find(({ state }) => state === 'degraded'), waiting = probes.filter(({ state }) => state === 'unknown').length;
  const tone = worst ? (worst.state === 'down' ? 'bad' : 'warn') : waiting && waiting === probes.length ? 'plain' : 'ok';
  const more = worst ? <><a href={`/checks/${worst.id}`}>{worst.name}</a>{worst.message ? `: ${worst.message}` : '.'}{worst.since_ms && <> Since <Time ms={worst.since_ms} />.</>}</>
    : waiting && waiting < probes.length ? `${plural(waiting, 'check')} not looked at yet.` : null;
  return <Sentence tone={tone} title={titleOf(probes, beats)} actions={<Figures histories={histories} />}>{more}</Sentence>;
}
