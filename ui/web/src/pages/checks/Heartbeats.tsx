import { durationMs, lasting } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import type { Check } from '../../lib/types';
import { pingsOfAll, type PingLog } from './pings';
import { Runs } from './Runs';
import { dot } from './words';
import { Time } from '../../parts/Time';

/** When the next report is due, or how late the last one is and how much grace it has. */
function Next({ check, log }: { check: Check; log: PingLog | undefined }) {
  const due = log?.due_ms ?? check.next_run_ms, now = Date.now();
  if (log && check.state === 'down' && !log.late) return <span class="bad-text">the last run failed</span>;
  if (check.state === 'down') return <span class="bad-text">{due ? <>missing since <Time ms={due} /></> : check.message ?? 'missing'}</span>;
  if (log?.running_since_ms) return <>runs for {lasting(now - log.running_since_ms)}</>;
  if (!due) return <>–</>;
  if (due > now) return <>in {lasting(due - now)}</>;
  const grace = due + durationMs(check.grace ?? '5m') - now;
  return <span class="warn-text">{lasting(now - due)} late{grace > 0 && `, ${lasting(grace)} of grace left`}</span>;
}

const rhythm = ({ schedule, interval }: Check): string => schedule ?? `every ${lasting(durationMs(interval))}`;

/** Jobs that report in: their silence is the alarm. */
export function Heartbeats({ checks }: { checks: Check[] }) {
  const logs = useLoad(() => pingsOfAll(checks), 15_000, checks.map(({ id }) => id).join()).data;
  return (
    <div class="card">
      <header><h2>Heartbeats</h2><p>jobs that report in; silence is the alarm</p></header>
      <table class="table tall-rows">
        <thead><tr><th scope="col">Job</th><th scope="col" class="not-phone">Last 30 runs</th><th scope="col" class="not-narrow">Last run</th><th scope="col" class="right">Next</th></tr></thead>
        <tbody>{checks.map((check) => {
          const log = logs?.get(check.id);
          return (
            <tr key={check.id} class={check.enabled ? '' : 'dim'}>
              <td><i class={`dot ${check.enabled ? (log?.late && check.state === 'ok' ? 'warn' : dot[check.state]) : 'off'}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/checks/${check.id}`}><b class="cut">{check.name}</b></a><span class={`mut${check.schedule ? ' mono' : ''}`}>{rhythm(check)}</span></span></td>
              <td class="not-phone runs-cell">{log && <Runs log={log} name={check.name} />}</td>
              <td class="not-narrow"><span class="stacked"><span class="num">{check.last_run_ms ? <Time ms={check.last_run_ms} /> : 'never'}</span>{check.duration_ms !== null && <span class="mut num">took {lasting(check.duration_ms)}</span>}</span></td>
              <td class="right num mut wraps"><Next check={check} log={log} /></td>
            </tr>
          );
        })}</tbody>
      </table>
    </div>
  );
}
