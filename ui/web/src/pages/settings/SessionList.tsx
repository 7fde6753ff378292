import { useState } from 'preact/hooks';
import { api, explain, loadSession } from '../../lib/api';
import { useList } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';

interface Session { id: string; started_ms: number; used_ms: number; address: string; agent: string; current: boolean }

/** "Firefox on Linux", as far as browsers tell. */
export function browserOf(agent: string): string {
  const browser = /Firefox\//.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom(e|ium)\//.test(agent) ? 'Chrome' : /Safari\//.test(agent) ? 'Safari' : agent.split(/[/\s]/)[0] || 'unknown';
  const system = [['Android', 'Android'], ['iPhone|iPad', 'iOS'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']].find(([sign]) => new RegExp(sign!).test(agent));
  return system ? `${browser} on ${system[1]}` : browser;
}

function Row({ session, end }: { session: Session; end: () => void }) {
  const name = browserOf(session.agent);
  return (
    <tr>
      <td title={session.agent}>{name}{session.current && <span class="tag">this one</span>}</td>
      <td class="mono mut">{session.address}</td>
      <td class="right mut not-phone"><Time ms={session.started_ms} /></td>
      <td class="right num mut"><Time ms={session.used_ms} as="ago" /></td>
      <td class="right">{!session.current && <button type="button" class="link quiet" aria-label={`End the session of ${name} at ${session.address}`} onClick={end}>End</button>}</td>
    </tr>
  );
}

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
  if (error) return <Trouble error={error} retry={reload} />;
  if (!data) return null;
  if (data.length === 0) return <p class="mut">Logged in nowhere.</p>;
  return (
    <>
      <table class="table">
        <thead><tr><th scope="col">Browser</th><th scope="col">From</th><th scope="col" class="right not-phone">Since</th><th scope="col" class="right">Last used</th><th scope="col"><span class="unseen">End</span></th></tr></thead>
        <tbody>{data.map((session) => <Row key={session.id} session={session} end={() => void end(`/${session.id}`)} />)}</tbody>
      </table>
      <p class="wrong" role="alert">{said}</p>
      <div class="actions"><button type="button" class="btn" onClick={() => void end('')}>Log out everywhere</button></div>
    </>
  );
}
