import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { rules } from '../lib/alarms';
import { paletteOpen } from '../lib/keys';
import { allTargets, findTargets, follow, rank, recentTargets, type Target } from '../lib/targets';

const plainKinds = ['page', 'action', 'alarm', 'dashboard', 'check', 'channel', 'docs'];
const shut = (): void => { paletteOpen.value = false; };

/** Places of the docs that have the words; their script comes with the first letter. */
function useDocs(text: string): Target[] {
  const [search, setSearch] = useState<typeof import('../docs/search') | null>(null);
  const asked = text.trim().length > 1;
  useEffect(() => { if (asked && !search) import('../docs/search').then(setSearch, () => undefined); }, [asked]);
  return useMemo(() => (asked && search ? search.findPlaces(text).slice(0, 4).map((place) => ({ name: place.heading ? `${place.heading} · ${place.title}` : place.title, kind: 'docs', href: search.hrefOf(place) })) : []), [text, search]);
}

function Option({ target, i, chosen, open, over }: { target: Target; i: number; chosen: boolean; open: () => void; over: () => void }) {
  return (
    <li id={`found-${i}`} role="option" aria-selected={chosen} onClick={open} onMouseMove={over}>
      <span class={plainKinds.includes(target.kind) ? 'name' : 'mono name'}>{target.name}</span><span class="mut">{target.kind}</span>
    </li>
  );
}

/** Leads to pages, metrics, alarms, dashboards, routes, checks, channels and docs, and does a few things. */
export function Search() {
  const [text, setText] = useState(''), [at, setAt] = useState(0), [fetched, setFetched] = useState<Target[] | null>(null), [entered, setEntered] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null), recent = useRef(recentTargets());
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    void findTargets().then(setFetched);
    return () => { if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus(); };
  }, []);
  const docs = useDocs(text);
  const found = useMemo(() => [...rank(text, allTargets(fetched, recent.current), recent.current), ...docs], [text, fetched, docs, rules.value]);
  const open = (target: Target | undefined): void => { if (target) { shut(); follow(target); } };
  // Before the lists are there, only what bears the very words is meant; who pressed Enter for anything else means the first that comes.
  const isKnown = found[at] !== undefined && (fetched !== null || found[at]!.name.toLowerCase().includes(text.trim().toLowerCase()));
  useEffect(() => { if (entered && isKnown) open(found[at]); }, [entered, found]);
  useEffect(() => { document.getElementById(`found-${at}`)?.scrollIntoView({ block: 'nearest' }); }, [at]);
  const pressed = (event: KeyboardEvent): void => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move) setAt((at + move + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') { if (isKnown) open(found[at]); else setEntered(true); }
    else return;
    event.preventDefault();
  };
  return (
    <dialog class="palette" ref={dialog} aria-label="Search" onClose={shut} onClick={(event) => { if (event.target === dialog.current) shut(); }}>
      <input type="text" value={text} placeholder="Pages, metrics, alarms, docs" aria-label="Search pages, metrics, alarms and docs" role="combobox" aria-expanded="true" aria-controls="found" autocomplete="off" spellcheck={false}
        aria-activedescendant={found[at] ? `found-${at}` : undefined} onInput={(event) => { setText(event.currentTarget.value); setAt(0); setEntered(false); }} onKeyDown={pressed} autofocus />
      <ul id="found" role="listbox" aria-label="Found">
        {found.map((target, i) => <Option key={target.href} target={target} i={i} chosen={i === at} open={() => open(target)} over={() => { if (i !== at) setAt(i); }} />)}
      </ul>
      {found.length === 0 && <p class="mut" role="status">{fetched ? `Nothing is called “${text}”.` : `Looking for “${text}”`}</p>}
    </dialog>
  );
}
