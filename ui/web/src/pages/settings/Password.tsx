import { api, loadSession, session } from '../../lib/api';
import { PasswordForm } from '../../parts/PasswordForm';

/** The admin password, and the way out. */
export function Password() {
  const set = session.value?.password_set ?? false;
  const logOut = async (): Promise<void> => {
    await api('/logout', { method: 'POST' });
    await loadSession();
  };
  return (
    <section class="narrow" aria-label="Password">
      <div class="card pad">
        <h2>{set ? 'Change the password' : 'Set a password'}</h2>
        <p class="mut">{set ? 'All other sessions end. Keys go on working.' : 'Until you do, Plimsoll answers only this machine, and asks for no key.'}</p>
        <PasswordForm change={set} />
      </div>
      {set && session.value?.authenticated && (
        <div class="card pad"><h2>This browser</h2><p class="mut">It stays logged in until you log out.</p><button type="button" class="btn" onClick={() => void logOut()}>Log out</button></div>
      )}
    </section>
  );
}
