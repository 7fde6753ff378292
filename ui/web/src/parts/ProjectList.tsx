import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { openProject } from '../lib/api';
import { useList } from '../lib/hooks';
import type { Project } from '../lib/types';
import { Icon } from './icons';

const isItem = '[role^=menuitem]';

/** Where a key leads in a list of names: a letter goes to the next that begins with it. */
function aim(items: HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const last = items.length - 1;
  if (key === 'ArrowDown') return items[at < last ? at + 1 : 0];
  if (key === 'ArrowUp') return items[at > 0 ? at - 1 : last];
  if (key === 'Home') return items[0];
  if (key === 'End') return items[last];
  return key.length === 1 && key !== ' ' ? [...items.slice(at + 1), ...items].find((item) => item.dataset['name']?.startsWith(key.toLowerCase())) : undefined;
}

/** All projects that one may open, the open one ticked; at its foot the way to manage them. */
export function ProjectList({ here, shut }: { here: string; shut: (back: boolean) => void }) {
  const { data, error } = useList<Project>('/api/app/projects', 0), menu = useRef<HTMLDivElement>(null);
  const names = data?.map(({ name }) => name) ?? [here];
  useLayoutEffect(() => menu.current?.querySelector<HTMLElement>('[aria-checked=true]')?.focus(), []);
  useEffect(() => {
    const outside = (event: Event): void => { if (!menu.current?.parentElement?.contains(event.target as Node)) shut(false); };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => { document.removeEventListener('pointerdown', outside); document.removeEventListener('focusin', outside); };
  }, []);
  const walk = (event: KeyboardEvent): void => {
    const items = [...menu.current!.querySelectorAll<HTMLElement>(isItem)], next = aim(items, items.indexOf(document.activeElement as HTMLElement), event.key);
    if (event.key === 'Escape') shut(true);
    else if (next) next.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="project-list" ref={menu} role="menu" aria-label="Projects" onKeyDown={walk}>
      <div class="project-names">{names.map((name) => (
        <button type="button" role="menuitemradio" aria-checked={name === here} tabIndex={-1} key={name} data-name={name} onClick={() => (name === here ? shut(true) : openProject(name))}>
          <i aria-hidden="true" data-letter={name.slice(0, 1)} /><span>{name}</span>{name === here && <Icon name="check" size={14} />}
        </button>
      ))}</div>
      {error && <p class="bad-text small-text" role="alert">{error.message} {error.hint}</p>}
      <a role="menuitem" tabIndex={-1} href="/settings/projects" onClick={() => shut(false)}>Manage projects</a>
    </div>
  );
}
