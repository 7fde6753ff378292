import { useState } from 'preact/hooks';
import { api, can, explain, needs, needText, openProject, session } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import type { Project } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { LimitsForm } from './LimitsForm';

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

interface Doing { here: string; limited: string; toggle: (project: Project) => void; remove: (project: Project) => void }

const nameOf = ({ name }: Project, { here }: Doing) => <><b>{name}</b>{name === here && <span class="tag">open</span>}</>;

function Actions({ project, doing }: { project: Project; doing: Doing }) {
  const { id, name } = project;
  return (
    <span class="row-links">
      {name !== doing.here && <button type="button" class="link" aria-label={`Open ${name}`} onClick={() => openProject(name)}>Open</button>}
      <button type="button" class="link" {...needs('appliance')} aria-expanded={doing.limited === id} aria-label={`Limits of ${name}`} onClick={() => doing.toggle(project)}>Limits</button>
      {name !== 'default' && <button type="button" class="link quiet" {...needs('appliance')} aria-label={`Delete ${name}`} onClick={() => doing.remove(project)}>Delete</button>}
    </span>
  );
}

const columnsOf = (doing: Doing): Column<Project>[] => [
  { id: 'name', name: 'Name', up: true, value: ({ name }) => name, cell: (project) => nameOf(project, doing) },
  { id: 'keys', name: 'Keys', right: true, class: 'mut', value: ({ keys }) => keys },
  { id: 'made', name: 'Made', right: true, class: 'mut', value: ({ created_ms: ms }) => ms ?? 0, file: ({ created_ms: ms }) => isoOf(ms), cell: ({ created_ms: ms }) => (ms ? <Time ms={ms} /> : null) },
  { id: 'do', name: 'What to do', unseen: true, unsorted: true, right: true, value: () => null, cell: (project) => <Actions project={project} doing={doing} /> },
];

const cardOf = (doing: Doing) => (project: Project) => (
  <div class="row-card"><span>{nameOf(project, doing)}</span><span class="mut num right">{plural(project.keys, 'key')}</span>{project.created_ms ? <span class="mut num wide">made <Time ms={project.created_ms} /></span> : null}<span class="wide"><Actions project={project} doing={doing} /></span></div>
);

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
  const doing: Doing = { here, limited, remove, toggle: ({ id }) => setLimited(limited === id ? '' : id) };
  return (
    <section class="narrow" aria-label="Projects">
      <NewProject made={reload} />
      <p class="hint">Each project has series, keys and alarms of its own; a key never reaches another. Delete one, and its keys stop at once; what it stored stays on disk until retention drops it.</p>
      {error && <Trouble error={error} retry={reload} />}
      {projects.length > 0 && (
        <div class="card">
          <Table name="Projects" columns={columnsOf(doing)} rows={projects} rowKey={({ id }) => id} usual={{ by: 'made', up: true }} card={cardOf(doing)}
            under={({ id, name, limits, effective_limits: effective }) => (limited === id ? <LimitsForm name={name} limits={limits} effective={effective} saved={() => { setLimited(''); reload(); }} /> : null)} />
        </div>
      )}
    </section>
  );
}
