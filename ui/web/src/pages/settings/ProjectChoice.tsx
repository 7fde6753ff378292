import { useList } from '../../lib/hooks';
import type { Project } from '../../lib/types';

const all = ['*'];

/** Which projects somebody may open: all, now and later, or those ticked. */
export function ProjectChoice({ chosen, choose }: { chosen: string[]; choose: (projects: string[]) => void }) {
  const { data } = useList<Project>('/api/app/projects', 0);
  const names = (data ?? []).map(({ name }) => name), every = chosen.includes('*');
  const toggle = (name: string): void => choose(chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen.filter((other) => other !== '*'), name]);
  return (
    <fieldset class="choice">
      <legend>Projects</legend>
      <label><input type="checkbox" checked={every} onChange={() => choose(every ? names.slice(0, 1) : all)} />All, also later ones</label>
      {!every && names.map((name) => <label key={name}><input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />{name}</label>)}
    </fieldset>
  );
}
