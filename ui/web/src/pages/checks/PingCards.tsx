import { dateTime, lasting, utc } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import type { Check } from '../../lib/types';
import { CopyButton } from '../../parts/CopyButton';
import { Trouble } from '../../parts/Sentence';
import { failedPing, pingsOf } from './pings';
import { Runs } from './Runs';

const most = 30;

/** The address of a heartbeat, and the line that calls it. */
export function PingLines({ check }: { check: Check }) {
  if (!check.ping_url) return null;
  const url = new URL(check.ping_url, window.location.href).href;
  const line = `${check.schedule ?? '*/5 * * * *'} /path/to/job && curl -fsS -m 10 --retry 5 ${url}`;
  return (
    <div class="card pad">
      <h2>Its address</h2>
      <p class="mut">The job calls it when it is done. Whoever knows it may call it.</p>
      <pre class="code">{url}</pre><CopyButton text={() => url} label="Copy the address" />
      <p class="mut small-text">In a crontab:</p>
      <pre class="code">{line}</pre><CopyButton text={() => line} label="Copy the line" />
      <p class="mut small-text">Add /start before the job to measure it, /fail or the exit code where it failed.</p>
    </div>
  );
}

/** What the job said, ping by ping, and the output of its last run. */
export function PingList({ check }: { check: Check }) {
  const { data: log, error, reload } = useLoad(() => pingsOf(check.id), 5000, check.id);
  const words = { success: 'done', start: 'began', failure: 'failed' };
  return (
    <div class="card">
      <header><h2>Pings</h2><p>the last {most}</p><span class="grow" />{log && <Runs log={log} name={check.name} />}</header>
      {error && <Trouble error={error} retry={reload} />}
      {log?.pings.length === 0 && <p class="empty">None came yet. Call the address once, and it shows here.</p>}
      {log && log.pings.length > 0 && (
        <table class="table"><thead><tr><th scope="col">At</th><th scope="col">Said</th><th scope="col" class="right">Exit code</th><th scope="col" class="right">Took</th></tr></thead>
          <tbody>{[...log.pings].sort((a, b) => b.at_ms - a.at_ms).slice(0, most).map((ping, i) => (
            <tr key={`${ping.at_ms} ${i}`}><td class="num" title={utc(ping.at_ms)}>{dateTime(ping.at_ms)}</td><td class={failedPing(ping) ? 'bad-text' : ''}>{words[ping.kind]}</td>
              <td class="right num">{ping.exit_code ?? '–'}</td><td class="right num">{ping.duration_ms === null ? '–' : lasting(ping.duration_ms)}</td></tr>
          ))}</tbody></table>
      )}
      {log?.output && <div class="output"><p class="mut small-text">What the last run said</p><pre class="code">{log.output}</pre></div>}
    </div>
  );
}
