import { useEffect, useRef, useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { dateOf, plural } from '../../lib/format';
import { exact, nanoOf } from '../costs/money';

interface Result { calls: number; cost_usd: string; refused: number; refusal?: string; not_costed: { calls: number; before_ms: number | null }; unpriced_calls: number }

export interface Job { id: string; state: 'running' | 'done' | 'failed' | 'cancelled'; progress: number | null; result: Result | null; error: { message: string; hint: string } | null }

const pollMs = 300;

function words({ calls, cost_usd: cost, refused, refusal, not_costed: gone, unpriced_calls: early }: Result): string {
  const parts = [calls > 0 ? `${plural(calls, 'call')} costed: ${exact(nanoOf(cost))}.` : 'No call was left to cost.'];
  if (gone.calls > 0) parts.push(`${plural(gone.calls, 'call')} from before ${gone.before_ms === null ? 'that' : dateOf(gone.before_ms)} cannot be costed: single calls of then are not kept any more.`);
  if (early > 0) parts.push(`${plural(early, 'call')} came before any price and stay without one.`);
  if (refused > 0) parts.push(`${plural(refused, 'cost was', 'costs were')} refused: ${refusal ?? ''}`);
  return parts.join(' ');
}

/** How far the costing of earlier calls is, and what it came to. */
export function CostingJob({ job: first, ended }: { job: Job; ended: (job: Job) => void }) {
  const [job, setJob] = useState(first), [wrong, setWrong] = useState('');
  const told = useRef(ended);
  told.current = ended;
  useEffect(() => {
    let timer = 0, alive = true;
    const look = async (): Promise<void> => {
      try {
        const now = await api<Job>(`/api/app/jobs/${first.id}`);
        if (!alive) return;
        setJob(now);
        setWrong('');
        if (now.state !== 'running') return told.current(now);
      } catch (cause) {
        if (alive) setWrong(explain(cause).message);
      }
      if (alive) timer = window.setTimeout(() => void look(), pollMs);
    };
    void look();
    return () => { alive = false; window.clearTimeout(timer); };
  }, [first.id]);
  const cancel = async (): Promise<void> => {
    try { await api(`/api/app/jobs/${job.id}`, { method: 'DELETE' }); } catch (cause) { setWrong(explain(cause).message); }
  };
  const part = Math.round((job.progress ?? 0) * 100);
  return (
    <div class="costing" role="status">
      {job.state === 'running' && <><progress max={100} value={part} aria-label="Costing earlier calls" /><span class="num">{part} %</span><button type="button" class="link" {...needs('edit')} onClick={() => void cancel()}>Cancel</button></>}
      {job.state === 'done' && job.result && <p>{words(job.result)}</p>}
      {job.state === 'cancelled' && <p>Cancelled. What was costed until then stays; cost the rest at any time.</p>}
      {job.state === 'failed' && <p class="bad-text">{job.error?.message} {job.error?.hint}</p>}
      {wrong && <p class="wrong">{wrong}</p>}
    </div>
  );
}
