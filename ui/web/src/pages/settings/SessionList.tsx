import { useState } from 'preact/hooks';
import { api, explain, loadSession } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { useList } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';

interface Session { id: string; started_ms: number; used_ms: number; address: string; agent: string; current: boolean }

/** "Firefox on Linux", as far as browsers tell. */
export function browserOf(agent: string): string {
  const browser = /Firefox\//.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom(e|ium)\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : agent.split(/[/\s]/)[0] || 'unknown';
  const system = [['Android', 'Android'], ['iPhone|iPad', 'iOS'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']].find(([sign]) => new RegExp(sign!).test(agent));
  return system ? `${browser} on ${system[1]}` : browser;
}

type End = (session: Session) => void;

const Where = ({ session: { agent, current } }: { session: Session }) => <><span title={agent}>{browserOf(agent)}</span>{current && <span class="tag">this one</span>}</>;

function EndButton({ session, end }: { session: Session; end: End }) {
  if (session.current) return null;
  return <button type="button" class="link quiet" aria-label={`End the session of ${browserOf(session.agent)} at ${session.address}`} onClick={() => end(session)}>End</button>;
}

const columnsOf = (end: End): Column<Session>[] => [
  { id: 'browser', name: 'Browser', up: true, value: ({ agent }) => browserOf(agent), cell: (session) => <Where session={session} /> },
  { id: 'from', name: 'From', up: true, class: 'mut', value: ({ address }) => address, cell: ({ address }) => <span class="mono">{address}</span> },
  { id: 'since', name: 'Since', right: true, class: 'mut', value: ({ started_ms: ms }) => ms, file: ({ started_ms: ms }) => isoOf(ms), cell: ({ started_ms: ms }) => <Time ms={ms} /> },
  { id: 'used', name: 'Last used', right: true, class: 'mut', value: ({ used_ms: ms }) => ms, file: ({ used_ms: ms }) => isoOf(ms), cell: ({ used_ms: ms }) => <Time ms={ms} as="ago" /> },
  { id: 'do', name: 'End', unseen: true, unsorted: true, right: true, value: () => null, cell: (session) => (session.current ? ' ' : <EndButton session={session} end={end} />) },
];

const cardOf = (end: End) => (session: Session) => (
  <div class="row-card"><span><Where session={session} /></span><span class="mut num right"><Time ms={session.used_ms} as="ago" /></span>
    <span class="mut">since <Time ms={session.started_ms} />, from <span class="mono">{session.address}</span></span><span class="right"><EndButton session={session} end={end} /></span></div>
);

/** Where somebody is logged in: `user` is an id, and empty for oneself. */
export function SessionList({ user = '' }: { user?: string }) {
  const query = user ? `?user=${encodeURIComponent(user)}` : '';
  const { data, error, reload } = useList<Session>(`/api/app/sessions${query}`, 20_000);
  const [said, setSaid] = useState('');
  const end = async (path: string): Promise<void> => {
    try {
      await api(`/api/app/sessions${path}${query}`, { method: 'DELETE' });
      setSaid('');
      if (!user && !path) await loadSession();
      else reload();
    } catch (cause) {
      setSaid(explain(cause).message);
    }
  };
  const one: End = ({ id }) => void end(`/${id}`);
  if (error) return <Trouble error={error} retry={reload} />;
  if (!data) return null;
  if (data.length === 0) return <p class="mut">Logged in nowhere.</p>;
  return (
    <>
      <div class="sessions"><Table name="Sessions" param="sessions" columns={columnsOf(one)} rows={data} rowKey={({ id }) => id} usual={{ by: 'used', up: false }} card={cardOf(one)} /></div>
      <p class="wrong" role="alert">{said}</p>
      <div class="actions"><button type="button" class="btn" onClick={() => void end('')}>Log out everywhere</button></div>
    </>
  );
}
