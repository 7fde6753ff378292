import { useState } from 'preact/hooks';
import { api, can, session } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { useList } from '../../lib/hooks';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { NewUser } from './NewUser';
import { UserDetails } from './UserDetails';
import { firstUser, projectsText, type User } from './userWords';

const isOwn = ({ id }: User): boolean => id === session.value?.user?.id;

const nameOf = (user: User) => <><b>{user.name}</b>{isOwn(user) && <span class="tag">you</span>}{user.disabled && <span class="tag bad">disabled</span>}</>;
const login = ({ last_login_ms: ms }: User) => (ms ? <Time ms={ms} as="ago" /> : 'never');

interface Doing { open: string; toggle: (user: User) => void; remove: (user: User) => void }

function Actions({ user, doing }: { user: User; doing: Doing }) {
  const { id, name } = user;
  if (isOwn(user)) return <a class="link" href="/settings/password">Your account</a>;
  return (
    <span class="row-links"><button type="button" class="link" aria-expanded={doing.open === id} aria-label={`Change ${name}`} onClick={() => doing.toggle(user)}>Change</button>
      {id !== firstUser && <button type="button" class="link quiet" aria-label={`Delete ${name}`} onClick={() => doing.remove(user)}>Delete</button>}</span>
  );
}

const columnsOf = (doing: Doing): Column<User>[] => [
  { id: 'name', name: 'Name', up: true, value: ({ name }) => name, cell: nameOf },
  { id: 'role', name: 'Role', up: true, value: ({ role }) => role },
  { id: 'projects', name: 'Projects', up: true, class: 'mut', value: ({ projects }) => projectsText(projects) },
  { id: 'login', name: 'Last login', right: true, class: 'mut', value: (user) => user.last_login_ms || null, file: (user) => isoOf(user.last_login_ms), cell: login },
  { id: 'do', name: 'What to do', unseen: true, unsorted: true, right: true, value: () => null, cell: (user) => <Actions user={user} doing={doing} /> },
];

const cardOf = (doing: Doing) => (user: User) => (
  <div class="row-card"><span>{nameOf(user)}</span><span class="right">{user.role}</span><span class="mut">{projectsText(user.projects)}</span><span class="mut num right">{login(user)}</span><span class="wide"><Actions user={user} doing={doing} /></span></div>
);

function List() {
  const { data, error, reload } = useList<User>('/api/app/users', 20_000);
  const [open, setOpen] = useState('');
  const users = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const remove = ({ id, name }: User): void => leave(id, `User ${name}`, async () => {
    await api(`/api/app/users/${id}`, { method: 'DELETE' });
    reload();
  });
  const doing: Doing = { open, remove, toggle: ({ id }) => setOpen(open === id ? '' : id) };
  return (
    <>
      <NewUser made={reload} />
      {error && <Trouble error={error} retry={reload} />}
      {users.length === 1 && <p class="empty">Nobody but admin yet. Once there is, the log-in page asks for a name.</p>}
      {users.length > 0 && (
        <div class="card">
          <Table name="Users" columns={columnsOf(doing)} rows={users} rowKey={({ id }) => id} usual={{ by: 'name', up: true }} card={cardOf(doing)} cardsToPx={900}
            under={(user) => (open === user.id ? <UserDetails user={user} saved={reload} /> : null)} />
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
