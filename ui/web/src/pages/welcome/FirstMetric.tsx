import { useEffect, useState } from 'preact/hooks';
import { api, can, explain } from '../../lib/api';
import { search } from '../../lib/router';
import { Trouble } from '../../parts/Sentence';
import { CopyButton } from '../../parts/CopyButton';
import { Listening } from './Listening';
import { coloured, plainText, snippets } from './snippets';

const shortKey = (key: string): string => (key.length > 28 ? `${key.slice(0, 17)}…${key.slice(-3)}` : key);

function moved(event: KeyboardEvent, at: number, choose: (at: number) => void): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  const next = (at + step + snippets.length) % snippets.length;
  choose(next);
  document.getElementById(`tab-${snippets[next]!.id}`)?.focus();
}

/** Step one: a line to paste, with the real address and a key that works, and a chart that listens. */
export function FirstMetric() {
  const asked = snippets.findIndex(({ id }) => id === search.value.get('tab'));
  const [at, setAt] = useState(Math.max(0, asked));
  const [key, setKey] = useState(''), [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const makeKey = async (): Promise<void> => {
    try {
      setKey((await api<{ key: string }>('/api/app/welcome-key', { method: 'POST', body: {} })).key);
      setError(null);
    } catch (cause) {
      setError(explain(cause));
    }
  };
  const allowed = can('admin');
  useEffect(() => { if (allowed) void makeKey(); }, [allowed]);
  const { pieces, id } = snippets[at]!;
  const address = window.location.origin;
  return (
    <li class="card step first">
      <span class="number" aria-hidden="true">1</span>
      <div class="grow">
        <h2>Send your first metric</h2>
        <p class="mut">{allowed ? 'Paste this anywhere. The address and the key are yours and work now.' : 'Paste this anywhere, with a key in it. Making one needs the admin role.'}</p>
        <div class="tab-row" role="tablist" aria-label="Language">
          {snippets.map((snippet, i) => (
            <button type="button" role="tab" key={snippet.id} id={`tab-${snippet.id}`} aria-selected={i === at} aria-controls="snippet" tabIndex={i === at ? 0 : -1}
              onClick={() => setAt(i)} onKeyDown={(event) => moved(event, at, setAt)}>{snippet.name}</button>
          ))}
        </div>
        <div class="snippet" id="snippet" role="tabpanel" aria-labelledby={`tab-${id}`}>
          <pre tabIndex={0}>{coloured(pieces(address, key ? shortKey(key) : allowed ? '…' : 'YOUR_KEY'))}</pre>
          <CopyButton text={() => plainText(pieces(address, key || 'YOUR_KEY'))} disabled={allowed && !key} />
        </div>
        {error && <Trouble error={error} retry={() => void makeKey()} />}
        <Listening />
      </div>
    </li>
  );
}
