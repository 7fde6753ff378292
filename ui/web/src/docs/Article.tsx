import { useState } from 'preact/hooks';
import { explain, needs } from '../lib/api';
import { Trouble } from '../parts/Sentence';
import { ApiReference } from './ApiReference';
import { Blocks } from './Blocks';
import { ingestKey, makeKey } from './fill';
import { apiPage, guideOf } from './pages';
import type { Guide } from './types';

const needsKey = (guide: Guide): boolean => guide.blocks.some((block) => 'snippet' in block && block.snippet.includes('{{key}}'));

/** Offers a key for the snippets of a page; nothing is made unless it is asked for. */
function KeyOffer() {
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const make = (): void => { makeKey().then(() => setError(null), (cause) => setError(explain(cause))); };
  if (ingestKey.value) return <p class="key-offer mut" role="status">The snippets hold a key of the role ingest, made for this visit. Copy takes all of it.</p>;
  return (
    <div class="key-offer">
      <p class="mut">The snippets have the address of this page, and YOUR_KEY where a key belongs.</p>
      <button type="button" class="btn small" {...needs('admin')} onClick={make}>Put a key in</button>
      {error && <Trouble error={error} retry={make} />}
    </div>
  );
}

/** One page of the docs, or a sentence where there is none of that name. */
export function Article({ id }: { id: string }) {
  const guide = guideOf(id);
  if (id === apiPage.id) return <article class="doc"><h2>{apiPage.title}</h2><ApiReference /></article>;
  if (!guide) return <article class="doc"><h2>There is no such page</h2><p>The docs have no page “{id}”. The list has those there are.</p></article>;
  return (
    <article class="doc">
      <h2>{guide.title}</h2>
      <Blocks blocks={guide.blocks.slice(0, 1)} />
      {needsKey(guide) && <KeyOffer />}
      <Blocks blocks={guide.blocks.slice(1)} />
    </article>
  );
}
