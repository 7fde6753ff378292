import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Article } from '../docs/Article';
import { DocsList, DocsSearch, Found } from '../docs/DocsList';
import { closeDrawer, drawer, keepPlace, lastTop } from '../lib/docs';
import { Icon } from './icons';

/** Links within the docs stay in the drawer; on a phone, where it covers the page, others close it. */
function followed(event: MouseEvent, go: (place: string) => void): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element).closest('a');
  if (!link || link.target || link.classList.contains('whole')) return;
  if (link.pathname.startsWith('/docs/')) {
    event.preventDefault();
    go(link.pathname.slice('/docs/'.length) + link.hash);
  } else if (window.innerWidth <= 760) closeDrawer();
}

/** The docs beside the page that they explain. */
export function DocsDrawer() {
  const place = drawer.value ?? '', [id = '', anchor] = place.split('#');
  const [query, setQuery] = useState('');
  const body = useRef<HTMLDivElement>(null), side = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    document.documentElement.classList.add('with-docs');
    side.current?.focus();
    if (body.current && !anchor) body.current.scrollTop = lastTop();
    return () => { document.documentElement.classList.remove('with-docs'); if (before instanceof HTMLElement) before.focus(); };
  }, []);
  useEffect(() => { if (anchor) document.getElementById(anchor)?.scrollIntoView(); }, [place, query]);
  const go = (next: string): void => {
    drawer.value = next;
    setQuery('');
    if (body.current) body.current.scrollTop = 0;
    side.current?.focus({ preventScroll: true }); // the link that was followed goes
    keepPlace(next, 0);
  };
  return (
    <aside class="docs-drawer" aria-label="Docs" tabIndex={-1} ref={side} onClick={(event) => followed(event, go)}>
      <header>
        <button type="button" class="btn small ghost" disabled={!id && !query} onClick={() => go('')}>All pages</button>
        <DocsSearch query={query} change={setQuery} />
        <a class="icon-button whole" href={`/docs/${id || 'start'}${anchor ? `#${anchor}` : ''}`} aria-label="Open as a page" title="Open as a page"><Icon name="out" /></a>
        <button type="button" class="icon-button" aria-label="Close the docs" title="Close (Esc)" onClick={closeDrawer}><Icon name="cross" /></button>
      </header>
      <div class="docs-drawer-body" ref={body} onScroll={(event) => keepPlace(place, event.currentTarget.scrollTop)}>
        {query ? <><h2 class="unseen">Found</h2><Found query={query} /></> : id ? <Article id={id} /> : <><h2 class="unseen">All pages</h2><DocsList at="" /></>}
      </div>
    </aside>
  );
}
