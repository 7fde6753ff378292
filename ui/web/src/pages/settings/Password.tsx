import { logOut, session } from '../../lib/api';
import { PasswordForm } from '../../parts/PasswordForm';
import { SessionList } from './SessionList';
import { projectsText } from './userWords';

function Account() {
  const { user, role, projects } = session.value!;
  return (
    <div class="card pad">
      <h2>{user!.name}</h2>
      <p class="mut">Role {role}, projects: {projectsText(projects)}.</p>
      <div class="actions"><button type="button" class="btn" onClick={() => void logOut()}>Log out</button></div>
    </div>
  );
}

/** Who is logged in, the own password, and the ways out. */
export function Password() {
  const set = session.value?.password_set ?? false, user = session.value?.user;
  return (
    <section class="narrow" aria-label="Account">
      {user && <Account />}
      <div class="card pad">
        <h2>{set ? 'Change the password' : 'Set a password'}</h2>
        <p class="mut">{set ? 'All your other sessions end. Keys go on working.' : 'Until you do, Plimsoll answers only this machine, and asks for no key.'}</p>
        <PasswordForm change={set} />
      </div>
      {user && <div class="card pad"><h2>Where you are logged in</h2><SessionList key={session.value?.csrf} /></div>}
    </section>
  );
}
