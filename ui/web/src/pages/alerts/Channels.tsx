import { useState } from 'preact/hooks';
import { api, can, explain } from '../../lib/api';
import { useList } from '../../lib/hooks';
import type { Channel } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { TestButton } from '../../parts/TestButton';

/** One header a line, as in HTTP: "Name: value". */
function readHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n').filter((each) => each.trim())) {
    const at = line.indexOf(':');
    if (at <= 0) return null;
    headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return headers;
}

function ChannelForm({ channel, done }: { channel: Channel | null; done: (saved?: Channel) => void }) {
  const [name, setName] = useState(channel?.name ?? ''), [url, setUrl] = useState(channel?.settings.url ?? '');
  const [headers, setHeaders] = useState(Object.entries(channel?.settings.headers ?? {}).map(([key, value]) => `${key}: ${value}`).join('\n'));
  const [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const badUrl = (): string => (/^https?:\/\/\S+$/.test(url.trim()) ? '' : 'An address begins with http:// or https://.');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const read = readHeaders(headers);
    const wrong = !name.trim() ? 'Name the channel.' : badUrl() || (read ? '' : 'A header is "Name: value", one a line.');
    if (wrong) return setError(wrong);
    setBusy(true);
    try {
      const body = { name: name.trim(), kind: 'webhook', settings: { url: url.trim(), headers: read } };
      done(channel ? await api<Channel>(`/api/app/channels/${channel.id}`, { method: 'PUT', body }) : await api<Channel>('/api/app/channels', { method: 'POST', body }));
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError([message, hint].filter(Boolean).join(' '));
      setBusy(false);
    }
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>{channel ? `Change ${channel.name}` : 'New webhook'}</h2>
      <label class="field"><span>Name</span><input value={name} maxLength={100} placeholder="ops" onInput={(event) => setName(event.currentTarget.value)} /></label>
      <label class="field"><span>Address</span>
        <input type="url" value={url} placeholder="https://example.com/hook" aria-describedby="channel-error" aria-invalid={error !== ''} onInput={(event) => { setUrl(event.currentTarget.value); setError(''); }} onBlur={() => url && setError(badUrl())} />
        <small class="mut">It gets a POST with JSON for every alarm that fires and ends.</small>
      </label>
      <details><summary>More</summary>
        <label class="field"><span>Headers</span><textarea class="mono" rows={2} value={headers} placeholder="Authorization: Bearer …" onInput={(event) => setHeaders(event.currentTarget.value)} /></label>
      </details>
      <p class="wrong" id="channel-error" role="alert">{error}</p>
      <div class="actions"><button class="btn primary" disabled={busy}>{busy ? 'Saving' : channel ? 'Save' : 'Make channel'}</button>{channel && <button type="button" class="btn ghost" onClick={() => done()}>Cancel</button>}</div>
    </form>
  );
}

function Card({ channel, edit, reload }: { channel: Channel; edit: () => void; reload: () => void }) {
  const remove = (): void => leave(channel.id, `Channel ${channel.name}`, async () => {
    await api(`/api/app/channels/${channel.id}`, { method: 'DELETE' });
    reload();
  });
  return (
    <div class="card pad channel">
      <div class="channel-head"><h2>{channel.name}</h2><span class="tag">{channel.kind}</span><span class="grow" />
        <button type="button" class="link quiet" disabled={!can('edit')} aria-label={`Change ${channel.name}`} onClick={edit}>Change</button>
        <button type="button" class="link quiet" disabled={!can('edit')} aria-label={`Delete ${channel.name}`} onClick={remove}>Delete</button></div>
      <p class="mono mut cut">{channel.settings.url}</p>
      <TestButton channel={channel} />
    </div>
  );
}

/** Who is told, and whether that works. */
export function Channels() {
  const { data, error, reload } = useList<Channel>('/api/app/channels', 0);
  const [editing, setEditing] = useState<string | null>(null);
  const channels = (data ?? []).filter(({ id }) => !gone.value.has(id));
  return (
    <section class="narrow" aria-label="Channels">
      {error && <Trouble error={error} retry={reload} />}
      {data && channels.length === 0 && <p class="empty">Nobody is told yet. Make a webhook, then choose it in an alarm.</p>}
      {channels.map((channel) => (editing === channel.id
        ? <ChannelForm key={channel.id} channel={channel} done={() => { setEditing(null); reload(); }} />
        : <Card key={channel.id} channel={channel} edit={() => setEditing(channel.id)} reload={reload} />))}
      {can('edit') ? <ChannelForm key={`new-${channels.length}`} channel={null} done={reload} /> : <p class="mut">Making a channel needs the edit role.</p>}
    </section>
  );
}

