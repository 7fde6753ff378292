import { session } from '../../lib/api';
import { PasswordForm } from '../../parts/PasswordForm';

/** Step two: what opens Plimsoll to other machines. */
export function FirstPassword() {
  const set = session.value?.password_set ?? false;
  return (
    <li class={`card step${set ? ' done' : ''}`}>
      <span class="number" aria-hidden="true">2</span>
      <div class="grow">
        <h2>Set a password</h2>
        {set ? <p class="mut">It is set. Keys go on working. <a class="link" href="/settings/password">Change it</a></p>
          : <><p class="mut">Until you do, Plimsoll answers only this machine.</p><PasswordForm change={false} /></>}
      </div>
    </li>
  );
}
