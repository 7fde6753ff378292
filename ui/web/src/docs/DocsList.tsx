import { apiPage, chapters } from './pages';
import { excerpt, findPlaces, hrefOf } from './search';

const more = [{ id: apiPage.id, title: apiPage.title }];

function Group({ name, pages, at }: { name: string; pages: { id: string; title: string }[]; at: string }) {
  return (
    <div class="doc-group">
      <p class="group-name" id={`docs-${name.replace(' ', '-')}`}>{name}</p>
      <ul aria-labelledby={`docs-${name.replace(' ', '-')}`}>{pages.map(({ id, title }) => <li key={id}><a href={`/docs/${id}`} aria-current={id === at ? 'page' : undefined}>{title}</a></li>)}</ul>
    </div>
  );
}

/** All pages, in chapters. */
export function DocsList({ at }: { at: string }) {
  return (
    <nav aria-label="Docs">
      {chapters.map(({ name, pages }) => <Group key={name} name={name} pages={pages} at={at} />)}
      <Group name="Reference" pages={more} at={at} />
      <div class="doc-group"><ul><li><a href="/welcome">First run, once more</a></li></ul></div>
    </nav>
  );
}

/** What was found, each with a few words of its text. */
export function Found({ query }: { query: string }) {
  const found = findPlaces(query).slice(0, 20);
  if (!found.length) return <p class="empty" role="status">The docs say nothing of “{query}”.</p>;
  return (
    <ul class="doc-found" aria-label={`Found in the docs: ${found.length}`}>
      {found.map((place) => (
        <li key={hrefOf(place)}><a href={hrefOf(place)}><b>{place.heading || place.title}</b>{place.heading && <span class="mut"> · {place.title}</span>}<span class="said">{excerpt(place, query)}</span></a></li>
      ))}
    </ul>
  );
}

export function DocsSearch({ query, change }: { query: string; change: (query: string) => void }) {
  return <input class="doc-search" type="search" value={query} placeholder="Search the docs" aria-label="Search the docs" onInput={(event) => change(event.currentTarget.value)} />;
}
