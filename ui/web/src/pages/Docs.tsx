import { useEffect, useLayoutEffect } from 'preact/hooks';
import { Article } from '../docs/Article';
import { DocsList, DocsSearch, Found } from '../docs/DocsList';
import { apiPage, guideOf } from '../docs/pages';
import { closeDrawer } from '../lib/docs';
import { onKey } from '../lib/keys';
import { path, search, setSearch } from '../lib/router';
import { Shell } from '../parts/Shell';

/** A link to a heading leads there once the page stands. */
function useHash(id: string): void {
  useEffect(() => {
    const target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (target) target.scrollIntoView();
  }, [id, window.location.hash]);
}

/** The guide and the API reference, whole. */
export function Docs() {
  const id = path.value.split('/')[2] ?? 'start', query = search.value.get('q') ?? '';
  const title = id === apiPage.id ? apiPage.title : guideOf(id)?.title;
  useHash(id);
  useEffect(closeDrawer, []);
  useLayoutEffect(() => onKey('/', () => document.querySelector<HTMLInputElement>('.doc-search')?.focus()), []);
  return (
    <Shell title={title ?? 'Docs'} {...(title ? { parent: { title: 'Docs', href: '/docs' } } : {})}>
      <div class="docs">
        <div class="docs-side">
          <DocsSearch query={query} change={(q) => setSearch({ q })} />
          <details class="docs-index" open={window.innerWidth > 760}><summary class="only-phone">All pages</summary><DocsList at={id} /></details>
        </div>
        {query ? <section class="doc" aria-label="Found"><h2>“{query}”</h2><Found query={query} /></section> : <Article id={id} />}
      </div>
    </Shell>
  );
}
