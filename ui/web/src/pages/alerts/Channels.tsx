import { useState } from 'preact/hooks';
import { api, can, explain, needs } from '../../lib/api';
import { useList } from '../../lib/hooks';
import type { Channel } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { TestButton } from '../../parts/TestButton';
import { channelKindOf, channelKinds, settingsOf, textsOf, whereTo, wrongWith, type ChannelKind, type Field, type Texts } from './channelKinds';

interface FieldProps { field: Field; text: string; change: (text: string) => void }

function SettingField({ field, text, change }: FieldProps) {
  const { label, example, help, kind } = field;
  const input = kind === 'headers'
    ? <textarea class="mono" rows={2} value={text} placeholder={example} onInput={(event) => change(event.currentTarget.value)} />
    : kind === 'choice'
      ? <select value={text || field.choices?.[0]?.[0]} onChange={(event) => change(event.currentTarget.value)}>{field.choices?.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</select>
      : <input inputMode={kind === 'url' ? 'url' : kind === 'number' ? 'numeric' : 'text'} value={text} placeholder={example} autocapitalize="none" autocomplete="off" spellcheck={false} onInput={(event) => change(event.currentTarget.value)} />;
  return <label class="field"><span>{label}</span>{input}{help && <small class="mut">{help}</small>}</label>;
}

function ChannelForm({ channel, done }: { channel: Channel | null; done: (saved?: Channel) => void }) {
  const [kind, setKind] = useState(channelKindOf(channel?.kind ?? 'webhook'));
  const [name, setName] = useState(channel?.name ?? ''), [texts, setTexts] = useState<Texts>(() => textsOf(kind, channel?.settings ?? {}));
  const [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const wrong = (): string => (!name.trim() ? 'Name the channel.' : kind.fields.map((field) => wrongWith(field, texts[field.name] ?? '')).find(Boolean) ?? '');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (wrong()) return setError(wrong());
    setBusy(true);
    try {
      const body = { name: name.trim(), kind: kind.kind, settings: { ...(channel ? kept(kind, channel.settings) : {}), ...settingsOf(kind, texts) } };
      done(channel ? await api<Channel>(`/api/app/channels/${channel.id}`, { method: 'PUT', body }) : await api<Channel>('/api/app/channels', { method: 'POST', body }));
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError([message, hint].filter(Boolean).join(' '));
      setBusy(false);
    }
  };
  const show = (field: Field) => <SettingField key={`${kind.kind} ${field.name}`} field={field} text={texts[field.name] ?? ''} change={(text) => { setError(''); setTexts({ ...texts, [field.name]: text }); }} />;
  const rare = kind.fields.filter((field) => field.rare);
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>{channel ? `Change ${channel.name}` : 'New channel'}</h2>
      <div class="row-form even">
        <label class="field"><span>Name</span><input value={name} maxLength={100} placeholder="ops" onInput={(event) => { setError(''); setName(event.currentTarget.value); }} /></label>
        <label class="field"><span>Kind</span><select value={kind.kind} disabled={channel !== null} onChange={(event) => { setError(''); setKind(channelKindOf(event.currentTarget.value)); setTexts({}); }}>{channelKinds.map((each) => <option key={each.kind} value={each.kind}>{each.name}</option>)}</select></label>
      </div>
      {kind.fields.filter((field) => !field.rare).map(show)}
      {rare.length > 0 && <details><summary>More</summary>{rare.map(show)}</details>}
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn primary" disabled={busy}>{busy ? 'Saving' : channel ? 'Save' : 'Make channel'}</button>{channel && <button type="button" class="btn ghost" onClick={() => done()}>Cancel</button>}</div>
    </form>
  );
}

/** Settings that the form does not show stay as they are. */
const kept = (kind: ChannelKind, settings: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !kind.fields.some((field) => field.name === name)));

function Card({ channel, edit, reload }: { channel: Channel; edit: () => void; reload: () => void }) {
  const remove = (): void => leave(channel.id, `Channel ${channel.name}`, async () => {
    await api(`/api/app/channels/${channel.id}`, { method: 'DELETE' });
    reload();
  });
  return (
    <div class="card pad channel">
      <div class="channel-head"><h2>{channel.name}</h2><span class="tag">{channel.kind}</span><span class="grow" />
        <button type="button" class="link quiet" {...needs('edit')} aria-label={`Change ${channel.name}`} onClick={edit}>Change</button>
        <button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${channel.name}`} onClick={remove}>Delete</button></div>
      <p class="mono mut cut">{whereTo(channel)}</p>
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
      {data && channels.length === 0 && <p class="empty">Nobody is told yet. Make a channel, then choose it in an alarm.</p>}
      {channels.map((channel) => (editing === channel.id
        ? <ChannelForm key={channel.id} channel={channel} done={() => { setEditing(null); reload(); }} />
        : <Card key={channel.id} channel={channel} edit={() => setEditing(channel.id)} reload={reload} />))}
      {can('edit') ? <ChannelForm key={`new-${channels.length}`} channel={null} done={reload} /> : <p class="mut">Making a channel needs the edit role.</p>}
    </section>
  );
}

