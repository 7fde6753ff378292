import { useState } from 'preact/hooks';
import { api, can, explain, needs, needText, openProject, session } from '../../lib/api';
import { useList } from '../../lib/hooks';
import type { Project } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { LimitsForm } from './LimitsForm';
import { Time } from '../../parts/Time';

function NewProject({ made }: { made: () => void }) {
  const [name, setName] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const allowed = can('appliance');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await api('/api/app/projects', { method: 'POST', body: { name: name.trim() } });
      setName('');
      made();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
    }
    setBusy(false);
  };
  return (
    <form class="card pad form row-form two" onSubmit={(event) => void submit(event)} noValidate>
      <label class="field"><span>Name</span>
        <input value={name} placeholder="my-shop" maxLength={40} disabled={!allowed} autocapitalize="none" spellcheck={false} aria-invalid={error !== ''} aria-describedby="project-error" onInput={(event) => { setName(event.currentTarget.value); setError(''); }} />
      </label>
      <button class="btn primary" disabled={busy || !allowed}>Make project</button>
      <p class="wrong" id="project-error" role="alert">{allowed ? error : `${needText('appliance')}.`}</p>
    </form>
  );
}

interface RowProps {
  project: Project;
  here: boolean;
  limited: boolean;
  toggle: () => void;
  remove: () => void;
}

function Row({ project, here, limited, toggle, remove }: RowProps) {
  const { name } = project;
  return (
    <tr>
      <td><b>{name}</b>{here && <span class="tag">open</span>}</td>
      <td class="right num mut">{project.keys}</td>
      <td class="right num mut not-phone">{project.created_ms ? <Time ms={project.created_ms} /> : ''}</td>
      <td class="right row-links">
        {!here && <button type="button" class="link" aria-label={`Open ${name}`} onClick={() => openProject(name)}>Open</button>}
        <button type="button" class="link" {...needs('appliance')} aria-expanded={limited} aria-label={`Limits of ${name}`} onClick={toggle}>Limits</button>
        {name !== 'default' && <button type="button" class="link quiet" {...needs('appliance')} aria-label={`Delete ${name}`} onClick={remove}>Delete</button>}
      </td>
    </tr>
  );
}

/** Tenants: series, keys and alarms of their own. */
export function Projects() {
  const { data, error, reload } = useList<Project>('/api/app/projects', 20_000);
  const [limited, setLimited] = useState('');
  const here = session.value?.project ?? 'default';
  const projects = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = ({ id, name }: Project): void => leave(id, `Project ${name}`, async () => {
    await api(`/api/app/projects/${name}`, { method: 'DELETE' });
    if (name === here) openProject('default');
    else reload();
  });
  return (
    <section class="narrow" aria-label="Projects">
      <NewProject made={reload} />
      <p class="hint">Each project has series, keys and alarms of its own; a key never reaches another. Delete one, and its keys stop at once; what it stored stays on disk until retention drops it.</p>
      {error && <Trouble error={error} retry={reload} />}
      {projects.length > 0 && (
        <div class="card">
          <table class="table">
            <thead><tr><th scope="col">Name</th><th scope="col" class="right">Keys</th><th scope="col" class="right not-phone">Made</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>{projects.map((project) => [
              <Row key={project.id} project={project} here={project.name === here} limited={limited === project.id} toggle={() => setLimited(limited === project.id ? '' : project.id)} remove={() => remove(project)} />,
              limited === project.id && (
                <tr key={`${project.id} limits`}><td colSpan={4}><LimitsForm name={project.name} limits={project.limits} effective={project.effective_limits} saved={() => { setLimited(''); reload(); }} /></td></tr>
              ),
            ])}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
