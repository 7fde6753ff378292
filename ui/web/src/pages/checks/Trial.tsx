import { useRef, useState } from 'preact/hooks';
import { api, can, explain, needs } from '../../lib/api';
import { lasting } from '../../lib/format';
import type { CheckState } from '../../lib/types';
import { dot, stateWord } from './words';

interface Answer { state: CheckState; duration_ms: number | null; message: string }
interface Tried { busy: boolean; answer: Answer | null; wrong: string }

const nothing: Tried = { busy: false, answer: null, wrong: '' };

/** Looks once at what a check would look at, before there is one. */
export function useTrial(body: () => Record<string, unknown>) {
  const [tried, setTried] = useState<Tried>(nothing), serial = useRef(0);
  const forget = (): void => { serial.current++; setTried(nothing); };
  const run = async (): Promise<void> => {
    const mine = ++serial.current;
    setTried((before) => ({ ...before, busy: true }));
    const done = await api<Answer>('/api/app/checks/test', { method: 'POST', body: body() }).then(
      (answer): Tried => ({ busy: false, answer, wrong: '' }),
      (cause: unknown): Tried => { const { message, hint } = explain(cause); return { busy: false, answer: null, wrong: `${message} ${hint}`.trim() }; });
    if (mine === serial.current) setTried(done);
  };
  return { tried, forget, run: () => { if (can('edit')) void run(); } };
}

const took = (ms: number): string => (ms < 1000 ? `${Math.round(ms * 10) / 10}\u00a0ms` : lasting(ms));

/** The real answer, in words. */
export function Trial({ tried, run }: { tried: Tried; run: () => void }) {
  const { answer, busy, wrong } = tried;
  return (
    <div class="trial" aria-busy={busy}>
      <p role="status">{wrong ? <span class="bad-text">{wrong}</span> : answer
        ? <><i class={`dot ${dot[answer.state]}`} aria-hidden="true" /><b>It is {stateWord[answer.state]}</b>{answer.duration_ms !== null && <span class="mut num"> after {took(answer.duration_ms)}</span>}{answer.message && <span class="said">{answer.message}</span>}</>
        : <span class="mut">{busy ? 'Looking.' : 'What it answers shows here before you save.'}</span>}</p>
      <button type="button" class="btn small" {...needs('edit', busy)} onClick={run}>{answer || wrong ? 'Look again' : 'Look now'}</button>
    </div>
  );
}
