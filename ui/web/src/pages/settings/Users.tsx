import { useState } from 'preact/hooks';
import { api, can, session } from '../../lib/api';
import { useList } from '../../lib/hooks';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { NewUser } from './NewUser';
import { UserDetails } from './UserDetails';
import { firstUser, projectsText, type User } from './userWords';
import { Time } from '../../parts/Time';

function Row({ user, open, toggle, remove }: { user: User; open: boolean; toggle: () => void; remove: () => void }) {
  const { name } = user, own = user.id === session.value?.user?.id;
  return (
    <tr>
      <td><b>{name}</b>{own && <span class="tag">you</span>}{user.disabled && <span class="tag bad">disabled</span>}</td>
      <td>{user.role}</td>
      <td class="mut not-phone">{projectsText(user.projects)}</td>
      <td class="right num mut">{user.last_login_ms ? <Time ms={user.last_login_ms} as="ago" /> : 'never'}</td>
      <td class="right row-links">
        {own ? <a class="link" href="/settings/password">Your account</a>
          : <button type="button" class="link" aria-expanded={open} aria-label={`Change ${name}`} onClick={toggle}>Change</button>}
        {!own && user.id !== firstUser && <button type="button" class="link quiet" aria-label={`Delete ${name}`} onClick={remove}>Delete</button>}
      </td>
    </tr>
  );
}

function List() {
  const { data, error, reload } = useList<User>('/api/app/users', 20_000);
  const [open, setOpen] = useState('');
  const users = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = ({ id, name }: User): void => leave(id, `User ${name}`, async () => {
    await api(`/api/app/users/${id}`, { method: 'DELETE' });
    reload();
  });
  return (
    <>
      <NewUser made={reload} />
      {error && <Trouble error={error} retry={reload} />}
      {users.length === 1 && <p class="empty">Nobody but admin yet. Once there is, the log-in page asks for a name.</p>}
      {users.length > 0 && (
        <div class="card">
          <table class="table">
            <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col" class="not-phone">Projects</th><th scope="col" class="right">Last login</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>{users.map((user) => [
              <Row key={user.id} user={user} open={open === user.id} toggle={() => setOpen(open === user.id ? '' : user.id)} remove={() => remove(user)} />,
              open === user.id && <tr key={`${user.id} open`}><td colSpan={5}><UserDetails user={user} saved={reload} /></td></tr>,
            ])}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** People who log in. */
export function Users() {
  const set = session.value?.password_set ?? false;
  return (
    <section class="narrow" aria-label="Users">
      {!set ? <p class="empty">On this machine nobody logs in yet. <a class="link" href="/settings/password">Set the password of admin</a>, then make users.</p>
        : can('appliance') ? <List /> : <NewUser made={() => undefined} />}
    </section>
  );
}
