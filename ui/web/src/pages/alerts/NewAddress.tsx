import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import type { Channel } from '../../lib/types';

/** The kind of channel that an address belongs to. */
function kindOf(host: string): Channel['kind'] {
  if (host === 'hooks.slack.com') return 'slack';
  if (/(^|\.)discord(app)?\.com$/.test(host)) return 'discord';
  return /^ntfy\./.test(host) ? 'ntfy' : 'webhook';
}

async function make(address: string, taken: string[]): Promise<Channel> {
  const { host, hostname } = new URL(address), kind = kindOf(hostname);
  const plain = kind === 'webhook' ? host : kind;
  let name = plain;
  for (let i = 2; taken.includes(name); i++) name = `${plain} ${i}`;
  return api<Channel>('/api/app/channels', { method: 'POST', body: { name, kind, settings: { url: address } } });
}

/** A channel from nothing but its address, where an alarm needs one. */
export function NewAddress({ channels, made }: { channels: Channel[]; made: (channel: Channel) => void }) {
  const [text, setText] = useState(''), [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const address = text.trim();
    if (!/^https?:\/\/[^\s/]+/.test(address)) return setError('An address begins with http:// or https://.');
    setBusy(true);
    try {
      made(await make(address, channels.map(({ name }) => name)));
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)} noValidate>
      <label class="field"><span>Tell this address</span>
        <input inputMode="url" value={text} placeholder="https://hooks.slack.com/services/…" autocapitalize="none" autocomplete="off" spellcheck={false} {...needs('edit')} aria-invalid={error !== ''} aria-describedby="address-error"
          onInput={(event) => { setText(event.currentTarget.value); setError(''); }} />
        <small class="mut">Slack, Discord, ntfy or any webhook.</small></label>
      <p class="wrong" id="address-error" role="alert">{error}</p>
      <a class="link" href="/alerts/channels">Email and others</a>
      {text && <div class="actions"><button class="btn" disabled={busy}>{busy ? 'Making' : 'Make channel'}</button></div>}
    </form>
  );
}
