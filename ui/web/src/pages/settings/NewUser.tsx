import { useState } from 'preact/hooks';
import { api, explain, needs, needText, can } from '../../lib/api';
import { ProjectChoice } from './ProjectChoice';
import { roles } from './userWords';

const empty = { name: '', password: '', role: 'read', projects: ['*'] };

/** Makes somebody who may log in. */
export function NewUser({ made }: { made: () => void }) {
  const [wish, setWish] = useState(empty), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const allowed = can('appliance');
  const set = (part: Partial<typeof empty>): void => { setWish({ ...wish, ...part }); setError(''); };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await api('/api/app/users', { method: 'POST', body: { ...wish, name: wish.name.trim() } });
      setWish(empty);
      made();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
      document.getElementById('user-name')?.focus();
    }
    setBusy(false);
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate autocomplete="off">
      <div class="row-form three">
        <label class="field"><span>Name</span>
          <input id="user-name" value={wish.name} placeholder="mara" maxLength={64} disabled={!allowed} autocapitalize="none" spellcheck={false} autocomplete="off" aria-invalid={error !== ''} aria-describedby="user-error" onInput={(event) => set({ name: event.currentTarget.value })} />
        </label>
        <label class="field"><span>Password</span>
          <input type="password" value={wish.password} placeholder="12 characters or more" disabled={!allowed} autocomplete="new-password" onInput={(event) => set({ password: event.currentTarget.value })} />
        </label>
        <label class="field"><span>Role</span>
          <select value={wish.role} disabled={!allowed} onChange={(event) => set({ role: event.currentTarget.value })}>{roles.map(([id]) => <option key={id} value={id}>{id}</option>)}</select>
        </label>
        <button class="btn primary" {...needs('appliance', busy)}>{busy ? 'Making' : 'Make user'}</button>
      </div>
      <p class="hint">The role {wish.role} {roles.find(([id]) => id === wish.role)?.[1]}.</p>
      {allowed && <ProjectChoice chosen={wish.projects} choose={(projects) => set({ projects })} />}
      <p class="wrong" id="user-error" role="alert">{allowed ? error : `${needText('appliance')}.`}</p>
    </form>
  );
}
