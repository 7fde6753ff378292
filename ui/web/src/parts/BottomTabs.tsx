import { useEffect, useRef, useState } from 'preact/hooks';
import { paletteOpen } from '../lib/keys';
import { flipTheme } from '../lib/prefs';
import { path } from '../lib/router';
import { Icon } from './icons';
import { isOpen, PageLink, pages } from './PageLink';
import { ProjectSwitch } from './ProjectSwitch';

const short = ['/', '/explore', '/checks', '/alerts'];
const rest = pages.filter(({ href }) => !short.includes(href));

function More({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const find = (): void => { close(); paletteOpen.value = true; };
  return (
    <dialog class="more-sheet" ref={dialog} aria-label="More pages" onClose={close} onClick={(event) => { if (event.target === dialog.current) close(); }}>
      <ProjectSwitch />
      <div class="links">
        <button type="button" onClick={find}><Icon name="explore" /><span>Search or jump</span></button>
        {rest.map((page) => <PageLink key={page.href} {...page} at={page.href} />)}
        <PageLink href="/docs" at="/docs" name="Docs" icon="docs" />
        <PageLink href="/settings/keys" at="/settings" name="Settings" icon="settings" />
        <button type="button" onClick={flipTheme}><Icon name="theme" /><span>Light or dark</span></button>
      </div>
    </dialog>
  );
}

/** The pages of a phone: the four that matter on the way, and the rest behind one. */
export function BottomTabs() {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path.value]);
  const elsewhere = !short.some(isOpen);
  return (
    <nav class="tabs" aria-label="Pages, short">
      {pages.filter(({ href }) => short.includes(href)).map((page) => <PageLink key={page.href} {...page} at={page.href} />)}
      <button type="button" aria-haspopup="dialog" aria-expanded={open} aria-current={elsewhere ? 'page' : undefined} onClick={() => setOpen(true)}><Icon name="more" /><span>More</span></button>
      {open && <More close={() => setOpen(false)} />}
    </nav>
  );
}
