import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { rules } from '../lib/alarms';
import { useList } from '../lib/hooks';
import { helpOpen, paletteOpen, shortcuts } from '../lib/keys';
import { setShortcuts, shortcutsOn } from '../lib/prefs';
import { navigate } from '../lib/router';
import { fuzzy } from '../lib/fuzzy';
import type { Metric } from '../lib/types';

interface Target { name: string; kind: string; href: string }

const fixed: Target[] = [
  { name: 'Overview', kind: 'page', href: '/' }, { name: 'Explore', kind: 'page', href: '/explore' },
  { name: 'Health', kind: 'page', href: '/checks' }, { name: 'Alerts', kind: 'page', href: '/alerts' }, { name: 'New alarm', kind: 'page', href: '/alerts/new' },
  { name: 'Episodes', kind: 'page', href: '/alerts/episodes' }, { name: 'Silences and maintenance', kind: 'page', href: '/alerts/silences' }, { name: 'Channels', kind: 'page', href: '/alerts/channels' },
  { name: 'What just arrived', kind: 'data', href: '/data/inbox' }, { name: 'Dead letters', kind: 'data', href: '/data/dead-letters' }, { name: 'Targets to scrape', kind: 'data', href: '/data/targets' },
  { name: 'Cardinality', kind: 'data', href: '/data/cardinality' }, { name: 'Storage and retention', kind: 'data', href: '/data/storage' },
  { name: 'Keys', kind: 'settings', href: '/settings/keys' }, { name: 'Password', kind: 'settings', href: '/settings/password' },
  { name: 'Appearance', kind: 'settings', href: '/settings/appearance' }, { name: 'Send a metric', kind: 'page', href: '/welcome' },
];

function close(): void {
  paletteOpen.value = false;
}

function Search() {
  const [text, setText] = useState(''), [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const metrics = useList<Metric>('/api/app/metrics', 0).data ?? [];
  useEffect(() => { dialog.current?.showModal(); }, []);
  const found = useMemo(() => {
    const all = [...fixed,
      ...(rules.value ?? []).map((rule) => ({ name: rule.name, kind: 'alarm', href: `/alerts/rules/${rule.id}` })),
      ...metrics.map((metric) => ({ name: metric.name, kind: metric.kind, href: `/explore?m=${encodeURIComponent(metric.name)}` }))];
    return fuzzy(text, all, (target) => target.name).slice(0, 12);
  }, [text, metrics, rules.value]);
  const open = (target: Target | undefined): void => { if (target) { close(); navigate(target.href); } };
  const pressed = (event: KeyboardEvent): void => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move) setAt((at + move + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') open(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog class="palette" ref={dialog} aria-label="Search" onClose={close} onClick={(event) => { if (event.target === dialog.current) close(); }}>
      <input type="text" value={text} placeholder="Pages, metrics, alarms" aria-label="Search pages, metrics and alarms" role="combobox" aria-expanded="true" aria-controls="found"
        aria-activedescendant={found[at] ? `found-${at}` : undefined} onInput={(event) => { setText(event.currentTarget.value); setAt(0); }} onKeyDown={pressed} autofocus />
      <ul id="found" role="listbox" aria-label="Found">
        {found.map((target, i) => (
          <li key={target.href} id={`found-${i}`} role="option" aria-selected={i === at} onClick={() => open(target)} onMouseMove={() => setAt(i)}>
            <span class={target.kind === 'page' || target.kind === 'settings' ? '' : 'mono'}>{target.name}</span><span class="mut">{target.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="mut">Nothing is called “{text}”.</p>}
    </dialog>
  );
}

function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const shut = (): void => { helpOpen.value = false; };
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={shut} onClick={(event) => { if (event.target === dialog.current) shut(); }}>
      <h2 id="help-title">Shortcuts</h2>
      <dl>{shortcuts.map(([keys, what]) => <div key={keys}><dt>{keys.split(' ').map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
      <label class="tick"><input type="checkbox" checked={shortcutsOn.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />Use shortcuts</label>
      <button type="button" class="btn" onClick={shut}>Close</button>
    </dialog>
  );
}

/** The search over pages, metrics and alarms, and the list of shortcuts. */
export function Overlays() {
  return <>{paletteOpen.value && <Search />}{helpOpen.value && <Help />}</>;
}
