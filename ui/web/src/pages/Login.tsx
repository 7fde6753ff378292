import { useRef, useState } from 'preact/hooks';
import { api, ApiError, lastUser, loadSession, session } from '../lib/api';
import { lasting } from '../lib/format';
import { useTitle } from '../lib/hooks';
import { navigate, path } from '../lib/router';
import { Mark } from '../parts/icons';

function wording(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 429) return `Too many tries. Wait ${lasting((error.retryAfterS || 60) * 1000)}, then try again.`;
  return [error.message, error.hint].filter(Boolean).join(' ');
}

/** Somebody else than was here before finds nothing of theirs: the page starts anew. */
async function enter(before: string | undefined): Promise<void> {
  const { user } = await loadSession();
  if (before && user && user.id !== before) window.location.assign('/');
  else if (path.value === '/login') navigate('/', true);
}

export function Login() {
  const [name, setName] = useState(''), [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false), [wrong, setWrong] = useState('');
  const before = useRef(lastUser()).current, named = session.value?.names ?? false;
  useTitle('Log in');
  const type = (set: (text: string) => void) => (event: { currentTarget: HTMLInputElement }): void => { set(event.currentTarget.value); setWrong(''); };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!password) return setWrong('Type the password first.');
    setBusy(true);
    try {
      await api('/login', { method: 'POST', body: named && name.trim() ? { name: name.trim(), password } : { password } });
      await enter(before);
    } catch (error) {
      setWrong(wording(error));
      document.getElementById('password')?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="login" id="main">
      <form class="card" onSubmit={(event) => void submit(event)} noValidate>
        <Mark size={44} />
        <h1>Plimsoll</h1>
        {named && (
          <label class="field"><span>Name</span>
            <input id="name" name="username" autocomplete="username" autocapitalize="none" spellcheck={false} autofocus placeholder="admin" value={name} aria-invalid={wrong !== ''} aria-describedby="wrong" onInput={type(setName)} />
          </label>
        )}
        <label class="field"><span>Password</span>
          <input id="password" type="password" autocomplete="current-password" autofocus={!named} value={password} aria-invalid={wrong !== ''} aria-describedby="wrong" onInput={type(setPassword)} />
        </label>
        <p id="wrong" class="wrong" role="alert">{wrong}</p>
        <button class="btn primary wide" disabled={busy}>{busy ? 'Checking' : 'Log in'}</button>
      </form>
    </main>
  );
}
