import { useState } from 'preact/hooks';
import { api, explain } from '../../lib/api';
import { ProjectChoice } from './ProjectChoice';
import { SessionList } from './SessionList';
import { firstUser, roles, type User } from './userWords';

/** Sends a change of a user; what went wrong is said where it was asked for. */
function useChange(user: User, saved: () => void): { error: string; state: string; send: (change: object) => Promise<boolean> } {
  const [error, setError] = useState(''), [state, setState] = useState('');
  const send = async (change: object): Promise<boolean> => {
    setState('busy');
    setError('');
    try {
      await api(`/api/app/users/${user.id}`, { method: 'PATCH', body: change });
      setState('saved');
      window.setTimeout(() => setState(''), 2000);
      saved();
      return true;
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
      setState('');
      return false;
    }
  };
  return { error, state, send };
}

function Rights({ user, saved }: { user: User; saved: () => void }) {
  const [role, setRole] = useState(user.role), [projects, setProjects] = useState(user.projects);
  const { error, state, send } = useChange(user, saved);
  const submit = (event: Event): void => {
    event.preventDefault();
    void send({ role, projects });
  };
  return (
    <form class="form" onSubmit={submit} noValidate aria-label={`Rights of ${user.name}`}>
      <label class="field"><span>Role</span>
        <select value={role} onChange={(event) => setRole(event.currentTarget.value)}>{roles.map(([id, what]) => <option key={id} value={id}>{id}: {what}</option>)}</select>
      </label>
      <ProjectChoice chosen={projects} choose={setProjects} />
      <p class="wrong" role="alert">{error}</p>
      <div class="actions">
        <button class="btn" disabled={state === 'busy'}>{state === 'saved' ? 'Saved' : 'Save'}</button>
        <button type="button" class="btn ghost" onClick={() => void send({ disabled: !user.disabled })}>{user.disabled ? 'Let in again' : 'Disable'}</button>
      </div>
    </form>
  );
}

function NewPassword({ user, saved }: { user: User; saved: () => void }) {
  const [password, setPassword] = useState('');
  const { error, state, send } = useChange(user, saved);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await send({ password })) setPassword('');
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)} noValidate aria-label={`Password of ${user.name}`}>
      <label class="field"><span>New password</span>
        <input type="password" value={password} placeholder="12 characters or more" autocomplete="new-password" aria-invalid={error !== ''} onInput={(event) => setPassword(event.currentTarget.value)} />
        <small class="mut">All sessions of {user.name} end.</small>
      </label>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn" disabled={state === 'busy'}>{state === 'saved' ? 'Saved' : 'Set password'}</button></div>
    </form>
  );
}

/** What can be changed of somebody else. */
export function UserDetails({ user, saved }: { user: User; saved: () => void }) {
  return (
    <div class="user-details">
      {user.id !== firstUser && <Rights key={`${user.role} ${user.projects.join()} ${user.disabled}`} user={user} saved={saved} />}
      <NewPassword user={user} saved={saved} />
      <div class="wide"><SessionList key={user.sessions} user={user.id} /></div>
    </div>
  );
}
