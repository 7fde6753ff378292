import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { needs } from '../lib/api';
import { keeping } from '../lib/keep';
import { lastCrosshairMs, marking, marksOpen } from '../lib/marks';
import { search } from '../lib/router';

interface MenuProps {
  title: string;
  expr?: string;
  /** Further items, as buttons or links with `role="menuitem"`. */
  children?: ComponentChildren;
}

/** Explore with the query and the range of this page. */
function exploreLink(expr: string): string {
  const query = new URLSearchParams({ q: expr });
  for (const name of ['range', 'from', 'to', 'compare']) {
    const value = search.value.get(name);
    if (value) query.set(name, value);
  }
  return `/explore?${query}`;
}

function move(menu: HTMLElement, event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])')];
  items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
}

/** The ⋯ of a chart: explore, set alarm, mark a moment, the list of marks. */
export function PanelMenu({ title, expr, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null), menu = useRef<HTMLDivElement>(null);
  const shut = (back: boolean): void => { setOpen(false); if (back) opener.current?.focus(); };
  useLayoutEffect(() => { if (open) menu.current?.querySelector<HTMLElement>('[role=menuitem]:not([disabled])')?.focus(); }, [open]);
  return (
    <div class="panel-menu" onFocusOut={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false); }}
      onKeyDown={(event) => { if (open && event.key === 'Escape') { event.stopPropagation(); shut(true); } }}>
      <button type="button" ref={opener} class="dots" aria-haspopup="menu" aria-expanded={open} aria-label={`${title}: more`} onClick={() => setOpen(!open)}>⋯</button>
      {open && (
        <div class="menu" role="menu" ref={menu} aria-label={title} onKeyDown={(event) => move(event.currentTarget, event)} onClick={() => shut(false)}>
          {expr && <a role="menuitem" href={exploreLink(expr)}>Explore</a>}
          {expr && <a role="menuitem" href={`/alerts/new?${new URLSearchParams({ expr })}`}>Set alarm</a>}
          {expr && <button type="button" role="menuitem" {...needs('edit')} onClick={() => { keeping.value = { title, expr }; }}>Save to dashboard</button>}
          <button type="button" role="menuitem" {...needs('edit')} onClick={() => { marking.value = lastCrosshairMs(); }}>Mark this moment <kbd>m</kbd></button>
          <button type="button" role="menuitem" onClick={() => { marksOpen.value = true; }}>List of marks</button>
          {children}
        </div>
      )}
    </div>
  );
}
