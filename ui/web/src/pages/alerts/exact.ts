import { useEffect, useState } from 'preact/hooks';
import { api } from '../../lib/api';
import { bodyOf, type Draft } from './draft';

/** What the server's own replay of a draft says: the same machine that watches, over everything that is stored. */
export interface Exact {
  episodes_total: number;
  total_seconds: number;
  notifications: number;
  resolution: string;
  approximate: boolean;
  noise: { text: string; suggestion: { for: string; times: number } | null } | null;
}

/** Asks once the draft has rested; null while it moves, or where the server cannot tell. */
export function useExact(id: string | null, draft: Draft, spanMs: number): Exact | null {
  const [exact, setExact] = useState<Exact | null>(null);
  const key = `${draft.expr} ${draft.op} ${draft.threshold} ${draft.for} ${JSON.stringify(draft.critical)} ${draft.keepFiringFor} ${draft.noData} ${spanMs}`;
  useEffect(() => {
    setExact(null);
    if (!draft.expr.trim() || draft.threshold === null) return undefined;
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      const now = Date.now();
      api<Exact>('/api/app/rules/backtest', { method: 'POST', body: { ...(id ? { rule_id: id } : {}), rule: { ...bodyOf(draft), channels: [] }, from: now - spanMs, to: now }, signal: abort.signal })
        .then((answer) => { if (typeof answer.episodes_total === 'number') setExact(answer); }, () => undefined);
    }, 500);
    return () => { window.clearTimeout(timer); abort.abort(); };
  }, [key]);
  return exact;
}
