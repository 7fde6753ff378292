import { useState } from 'preact/hooks';
import { api, ApiError, loadSession } from '../lib/api';
import { lasting } from '../lib/format';
import { useTitle } from '../lib/hooks';
import { Mark } from '../parts/icons';

function wording(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.status === 429) return `Too many tries. Wait ${lasting((error.retryAfterS || 60) * 1000)}, then try again.`;
  if (error.status === 401) return 'That is not it.';
  return [error.message, error.hint].filter(Boolean).join(' ');
}

export function Login() {
  const [password, setPassword] = useState(''), [busy, setBusy] = useState(false), [wrong, setWrong] = useState('');
  useTitle('Log in');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!password) return setWrong('Type the password first.');
    setBusy(true);
    try {
      await api('/login', { method: 'POST', body: { password } });
      await loadSession();
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
        <label class="field"><span>Password</span>
          <input id="password" type="password" autocomplete="current-password" autofocus value={password} aria-invalid={wrong !== ''} aria-describedby="wrong"
            onInput={(event) => { setPassword(event.currentTarget.value); setWrong(''); }} />
        </label>
        <p id="wrong" class="wrong" role="alert">{wrong}</p>
        <button class="btn primary wide" disabled={busy}>{busy ? 'Checking' : 'Log in'}</button>
      </form>
    </main>
  );
}
