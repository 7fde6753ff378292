import { useState } from 'preact/hooks';
import { api, explain, needs } from '../lib/api';
import type { Channel, TestAnswer } from '../lib/types';

type Answer = TestAnswer | { failed: string };

function Said({ answer, host }: { answer: Answer; host: string }) {
  if ('failed' in answer) return <span class="bad-text">{answer.failed}</span>;
  const { delivered, status, body, error, duration_ms: took } = answer;
  const text = body.length > 200 ? `${body.slice(0, 200)}…` : body;
  if (delivered) return <><span class="ok-text">{status} OK</span> in {Math.round(took)} ms{text && <> · body <code class="mono">{text}</code></>}</>;
  if (status) return <><span class="bad-text">{status}</span> from {host} after {Math.round(took)} ms{text && <>: <code class="mono">{text}</code></>}</>;
  return <><span class="bad-text">{host}: {error ?? 'no answer'}</span> after {Math.round(took)} ms</>;
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** Sends a test at once and shows the real answer. */
export function TestButton({ channel, named }: { channel: Channel; named?: boolean }) {
  const [answer, setAnswer] = useState<Answer | null>(null), [busy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    try {
      setAnswer(await api<TestAnswer>(`/api/app/channels/${channel.id}/test`, { method: 'POST', body: {} }));
    } catch (error) {
      setAnswer({ failed: explain(error).message });
    }
    setBusy(false);
  };
  return (
    <div class="test">
      <button type="button" class="btn" {...needs('edit', busy)} onClick={() => void send()}>{busy ? 'Sending' : named ? `Send a test to ${channel.name}` : 'Send a test'}</button>
      <p role="status">{answer && <Said answer={answer} host={hostOf(String(channel.settings['url'] ?? channel.settings['host'] ?? channel.name))} />}</p>
    </div>
  );
}
