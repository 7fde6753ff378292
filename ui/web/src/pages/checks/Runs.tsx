import { dateTime, lasting, utc } from '../../lib/format';
import { failedPing, runsOf, type PingLog } from './pings';

const shown = 30, height = 24;

/** The last runs of a job by how long they took; the one that is missing is a dashed outline. */
export function Runs({ log, name }: { log: PingLog; name: string }) {
  const runs = runsOf(log).slice(-shown), longest = Math.max(1, ...runs.map(({ duration_ms: took }) => took ?? 0));
  const tall = (took: number | null): number => (took === null ? 14 : 8 + (took / longest) * 16);
  const failed = runs.filter(failedPing).length;
  return (
    <svg class="runs" width={(shown + 1) * 7} height={height} viewBox={`0 0 ${(shown + 1) * 7} ${height}`} role="img" aria-label={`${name}: ${runs.length} runs, ${failed} failed${log.late ? ', one is missing' : ''}`}>
      {runs.map((run, i) => {
        const bad = failedPing(run), high = bad ? Math.max(16, tall(run.duration_ms)) : tall(run.duration_ms);
        return <rect key={run.at_ms} class={bad ? 'down' : 'up'} x={i * 7} y={height - high} width="5" height={high} rx="1"><title>{`${dateTime(run.at_ms)} (${utc(run.at_ms)})${run.duration_ms === null ? '' : `, took ${lasting(run.duration_ms)}`}${bad ? ', failed' : ''}`}</title></rect>;
      })}
      {log.late && <rect class="missing" x={runs.length * 7 + 0.5} y="2.5" width="4" height={height - 3}><title>Missing</title></rect>}
    </svg>
  );
}
