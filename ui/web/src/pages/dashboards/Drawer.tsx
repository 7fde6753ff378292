import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../../parts/icons';

interface DrawerProps { title: string; close: () => void; children: ComponentChildren; foot?: ComponentChildren }

/** A sheet at the right edge, beside what it is about. Esc closes it and the focus goes back. */
export function Drawer({ title, close, children, foot }: DrawerProps) {
  const sheet = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first = sheet.current?.querySelector<HTMLElement>('[autofocus], input, textarea, select');
    (first ?? sheet.current)?.focus();
    return () => { if (document.activeElement === document.body || sheet.current?.contains(document.activeElement)) before?.focus(); };
  }, []);
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  return (
    <div class="drawer" ref={sheet} role="dialog" aria-label={title} tabIndex={-1} onKeyDown={pressed}>
      <header><h2>{title}</h2><span class="grow" /><button type="button" class="icon-button" aria-label="Close" onClick={close}><Icon name="cross" /></button></header>
      <div class="drawer-body">{children}</div>
      {foot && <footer>{foot}</footer>}
    </div>
  );
}
