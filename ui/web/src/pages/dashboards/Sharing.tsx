import { useSignal } from '@preact/signals';
import { api, explain } from '../../lib/api';
import { lasting, promDuration } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { rangeNow } from '../../lib/range';
import { CopyButton } from '../../parts/CopyButton';
import { Trouble } from '../../parts/Sentence';
import { Time, Until } from '../../parts/Time';
import { Drawer } from './Drawer';
import type { Dashboard } from './model';
import type { Values } from './variables';

interface Share { id: string; prefix: string; expires_ms: number; expired: boolean; created_ms: number; created_by: string; last_used_ms: number | null }

const lengths: readonly [string, string][] = [['1d', '1 day'], ['7d', '7 days'], ['30d', '30 days']];

const remains = ({ expires_ms, expired }: Share): string => (expired || expires_ms <= Date.now() ? 'ended' : `ends in ${lasting(expires_ms - Date.now())}`);

function Links({ links, end }: { links: Share[]; end: (share: Share) => void }) {
  if (links.length === 0) return <p class="mut">No links yet.</p>;
  return (
    <ul class="share-links">{links.map((share) => (
      <li key={share.id}>
        <span class="mono">{share.prefix}…</span>
        <span class="mut small-text"><Until ms={share.expires_ms}>{remains(share)}</Until>, {share.last_used_ms ? <>last opened <Time ms={share.last_used_ms} /></> : 'not opened yet'}</span>
        <button type="button" class="link" onClick={() => end(share)}>{share.expired ? 'Remove' : 'End it'}</button>
      </li>
    ))}</ul>
  );
}

/** What a link shows: the range as it is on the page, which slides where it does here. */
function spanNow(): Record<string, unknown> {
  const { fromMs, toMs, sliding } = rangeNow();
  return sliding ? { range: promDuration(Math.round((toMs - fromMs) / 1000) * 1000) } : { from_ms: Math.round(fromMs), to_ms: Math.round(toMs) };
}

/** Read-only links to this dashboard, that expire. */
export function Sharing({ dashboard, values, close }: { dashboard: Dashboard; values: Values; close: () => void }) {
  const length = useSignal('7d'), link = useSignal(''), busy = useSignal(false), error = useSignal<{ message: string; hint: string } | null>(null);
  const links = useList<Share>(`/api/app/shares?dashboard_id=${encodeURIComponent(dashboard.id)}`, 0);
  const doing = async (what: () => Promise<void>): Promise<void> => {
    busy.value = true;
    error.value = null;
    try {
      await what();
      links.reload();
    } catch (cause) {
      error.value = explain(cause);
    }
    busy.value = false;
  };
  const make = (): Promise<void> => doing(async () => {
    const made = await api<{ path: string }>('/api/app/shares', { method: 'POST', body: { dashboard_id: dashboard.id, expires_in: length.value, variables: values, ...spanNow() } });
    link.value = window.location.origin + made.path;
  });
  const end = (share: Share): Promise<void> => doing(() => api(`/api/app/shares/${encodeURIComponent(share.id)}`, { method: 'DELETE' }));
  return (
    <Drawer title="Share" close={close}>
      <p class="mut">Whoever has the link sees this dashboard as it is now chosen, without logging in, until it ends. It shows nothing else.</p>
      <fieldset class="segments tall" aria-label="How long the link lasts">
        {lengths.map(([value, name]) => <button type="button" key={value} aria-pressed={length.value === value} onClick={() => { length.value = value; }}>{name}</button>)}
      </fieldset>
      <button type="button" class="btn primary wide" disabled={busy.value} onClick={() => void make()}>Make link</button>
      {link.value && (
        <div class="share-made" role="status">
          <code class="mono">{link.value}</code>
          <p class="mut small-text">It is shown this once.</p>
          <CopyButton text={() => link.value} />
        </div>
      )}
      {error.value && <Trouble error={error.value} />}
      <h3>Links</h3>
      {links.error && <Trouble error={links.error} retry={links.reload} />}
      {links.data && <Links links={links.data} end={(share) => void end(share)} />}
    </Drawer>
  );
}
