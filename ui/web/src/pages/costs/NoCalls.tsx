import { useState } from 'preact/hooks';
import { session } from '../../lib/api';
import { CopyButton } from '../../parts/CopyButton';
import { coloured, plainText, type Snippet } from '../welcome/snippets';

const snippets: Snippet[] = [
  { id: 'python', name: 'Python', pieces: (address, key) => [
    { word: 'from' }, ' plimsoll ', { word: 'import' }, ' Plimsoll   ', { note: '# pip install ./packaging/python' }, '\n\np = Plimsoll(', { text: `"${address}"` }, ', key=', { text: `"${key}"` },
    ')\np.llm(', { text: '"openai"' }, ', ', { text: '"gpt-4o-mini"' }, ', input_tokens=1200, output_tokens=80, endpoint=', { text: '"/chat"' }, ', plan=', { text: '"pro"' }, ')'] },
  { id: 'http', name: 'HTTP', pieces: (address, key) => [
    { word: 'curl' }, ' ', { text: `"${address}/ingest"` }, ' \\\n  -H ', { text: `"Authorization: Bearer ${key}"` }, ' \\\n  -d ',
    { text: '\'{"llm":[{"provider":"openai","model":"gpt-4o-mini","input_tokens":1200,\n      "output_tokens":80,"labels":{"endpoint":"/chat","plan":"pro"}}]}\'' }] },
];

/** What to paste where there is nothing to show yet. */
export function NoCalls() {
  const [at, setAt] = useState('python');
  const chosen = snippets.find(({ id }) => id === at)!, pieces = chosen.pieces(window.location.origin, 'plm_…');
  return (
    <section class="card pad no-calls" aria-label="How to send calls">
      <h2>No LLM calls yet.</h2>
      <p class="mut">Say after each call which model it was and how many tokens it took; the price comes from the table under <a class="link" href="/settings/prices">Settings, Prices</a>.</p>
      <div class="segments tall" role="group" aria-label="Language">{snippets.map(({ id, name }) => <button type="button" key={id} aria-pressed={id === at} onClick={() => setAt(id)}>{name}</button>)}</div>
      <div class="snippet"><pre tabIndex={0}>{coloured(pieces)}</pre><CopyButton text={() => plainText(pieces)} /></div>
      {session.value?.open_loopback ? <p class="mut small-text">On this machine no key is needed until a password is set.</p> : <p class="mut small-text">A key with the role ingest is made under <a class="link" href="/settings/keys">Settings, Keys</a>.</p>}
    </section>
  );
}
