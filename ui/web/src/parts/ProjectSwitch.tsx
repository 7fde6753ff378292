import { useRef, useState } from 'preact/hooks';
import { session } from '../lib/api';
import { Icon } from './icons';
import { lazy } from './lazy';

const ProjectList = lazy(async () => (await import('./ProjectList')).ProjectList);

/** The project that the page shows; opens the list of them. */
export function ProjectSwitch() {
  const [open, setOpen] = useState(false), button = useRef<HTMLButtonElement>(null);
  const here = session.value?.project ?? 'default';
  const shut = (back: boolean): void => { setOpen(false); if (back) button.current?.focus(); };
  return (
    <div class="project-switch">
      <button type="button" class="project" ref={button} aria-haspopup="menu" aria-expanded={open} aria-label={`Project ${here}`} title="Projects" onClick={() => setOpen(!open)}><i aria-hidden="true" data-letter={here.slice(0, 1)} /><span>{here}</span><Icon name="down" size={14} /></button>
      {open && <ProjectList here={here} shut={shut} />}
    </div>
  );
}
