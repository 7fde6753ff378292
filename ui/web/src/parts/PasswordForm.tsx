import { useState } from 'preact/hooks';
import { api, explain, loadSession } from '../lib/api';

const least = 12;

/** Sets the first password, or changes it. */
export function PasswordForm({ change, done }: { change: boolean; done?: () => void }) {
  const [current, setCurrent] = useState(''), [password, setPassword] = useState('');
  const [error, setError] = useState(''), [state, setState] = useState<'' | 'busy' | 'saved'>('');
  const wrong = (): string => (password && password.length < least ? `${least - password.length} more characters. Length is what makes it strong.` : '');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (password.length < least) return setError(wrong() || `Use ${least} characters or more.`);
    setState('busy');
    try {
      await api('/api/app/password', { method: 'PUT', body: change ? { password, current } : { password } });
      await loadSession();
      setPassword('');
      setCurrent('');
      setError('');
      setState('saved');
      done?.();
      window.setTimeout(() => setState(''), 2000);
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError([message, hint].filter(Boolean).join(' '));
      setState('');
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)} noValidate>
      {change && (
        <label class="field"><span>Current password</span>
          <input type="password" autocomplete="current-password" value={current} onInput={(event) => setCurrent(event.currentTarget.value)} />
        </label>
      )}
      <label class="field"><span>{change ? 'New password' : 'Password'}</span>
        <input type="password" name="password" autocomplete="new-password" placeholder="12 characters or more" value={password} aria-invalid={error !== ''} aria-describedby="password-error"
          onInput={(event) => { setPassword(event.currentTarget.value); setError(''); }} onBlur={() => setError(wrong())} />
      </label>
      <p class="wrong" id="password-error" role="alert">{error}</p>
      <button class="btn" disabled={state === 'busy'}>{state === 'saved' ? 'Saved' : state === 'busy' ? 'Saving' : change ? 'Change password' : 'Set password'}</button>
    </form>
  );
}
