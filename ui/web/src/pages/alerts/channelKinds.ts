import type { Channel } from '../../lib/types';

export interface Field {
  name: string;
  label: string;
  example?: string;
  help?: string;
  kind?: 'text' | 'url' | 'secret' | 'number' | 'lines' | 'headers' | 'choice';
  choices?: [string, string][];
  /** Under "More". */
  rare?: boolean;
}

export interface ChannelKind { kind: Channel['kind']; name: string; fields: Field[] }

const headers: Field = { name: 'headers', label: 'Headers', kind: 'headers', example: 'Authorization: Bearer …', rare: true };

export const channelKinds: ChannelKind[] = [
  { kind: 'webhook', name: 'Webhook', fields: [{ name: 'url', label: 'Address', kind: 'url', example: 'https://example.com/hook', help: 'It gets a POST with JSON for every alarm that fires and ends.' }, headers] },
  { kind: 'email', name: 'Email', fields: [
    { name: 'to', label: 'To', kind: 'lines', example: 'ops@example.com' }, { name: 'from', label: 'From', example: 'Plimsoll <alarms@example.com>' },
    { name: 'host', label: 'Mail server', example: 'smtp.example.com' }, { name: 'port', label: 'Port', kind: 'number', example: '587', rare: true },
    { name: 'security', label: 'Encryption', kind: 'choice', choices: [['starttls', 'STARTTLS'], ['tls', 'TLS'], ['none', 'none']], rare: true },
    { name: 'user', label: 'User' }, { name: 'password', label: 'Password', kind: 'secret' }] },
  { kind: 'slack', name: 'Slack', fields: [{ name: 'url', label: 'Incoming webhook', kind: 'url', example: 'https://hooks.slack.com/services/T…/B…/…' }] },
  { kind: 'discord', name: 'Discord', fields: [{ name: 'url', label: 'Webhook', kind: 'url', example: 'https://discord.com/api/webhooks/…/…' }, { name: 'username', label: 'Shown as', example: 'Plimsoll', rare: true }] },
  { kind: 'ntfy', name: 'ntfy', fields: [{ name: 'url', label: 'Topic', kind: 'url', example: 'https://ntfy.sh/my-topic' }, { name: 'token', label: 'Token', kind: 'secret', rare: true }, { name: 'user', label: 'User', rare: true }, { name: 'password', label: 'Password', kind: 'secret', rare: true }] },
  { kind: 'telegram', name: 'Telegram', fields: [{ name: 'token', label: 'Token of the bot', kind: 'secret', example: '123456:ABC-DEF…', help: '@BotFather gives one.' }, { name: 'chat_id', label: 'Chat', example: '-1001234567890' }, { name: 'thread_id', label: 'Thread', rare: true }] },
  { kind: 'pagerduty', name: 'PagerDuty', fields: [{ name: 'routing_key', label: 'Integration key', kind: 'secret', help: 'That of an Events API V2 integration.' }] },
  { kind: 'opsgenie', name: 'Opsgenie', fields: [{ name: 'api_key', label: 'API key', kind: 'secret' }, { name: 'team', label: 'Team', rare: true }] },
  { kind: 'alertmanager', name: 'Alertmanager receiver', fields: [{ name: 'url', label: 'Address', kind: 'url', example: 'https://example.com/alertmanager', help: 'It gets what Alertmanager would send to a webhook, version 4.' }, headers] },
];

export const channelKindOf = (kind: string): ChannelKind => channelKinds.find((each) => each.kind === kind) ?? channelKinds[0]!;

/** What a channel is told apart by, under its name. */
export function whereTo({ kind, settings }: Pick<Channel, 'kind' | 'settings'>): string {
  if (kind === 'email') return [settings['to']].flat().join(', ');
  if (kind === 'telegram') return String(settings['chat_id'] ?? '');
  return String(settings['url'] ?? '');
}

export type Texts = Record<string, string>;

export function textsOf(kind: ChannelKind, settings: Record<string, unknown>): Texts {
  return Object.fromEntries(kind.fields.map(({ name, kind: type }) => {
    const value = settings[name];
    if (type === 'headers') return [name, Object.entries((value ?? {}) as Record<string, string>).map(([key, text]) => `${key}: ${text}`).join('\n')];
    return [name, Array.isArray(value) ? value.join(', ') : value === undefined || value === null ? '' : String(value)];
  }));
}

/** One header a line, as in HTTP: "Name: value". */
function readHeaders(text: string): Record<string, string> | null {
  const found: Record<string, string> = {};
  for (const line of text.split('\n').filter((each) => each.trim())) {
    const at = line.indexOf(':');
    if (at <= 0) return null;
    found[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return found;
}

export function wrongWith({ name, kind, label }: Field, text: string): string {
  if (kind === 'url' && text && !/^https?:\/\/\S+$/.test(text.trim())) return 'An address begins with http:// or https://.';
  if (kind === 'headers' && !readHeaders(text)) return 'A header is "Name: value", one a line.';
  return name === 'to' && !text.includes('@') ? `${label}: a mail address.` : '';
}

export function settingsOf(kind: ChannelKind, texts: Texts): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const { name, kind: type } of kind.fields) {
    const text = (texts[name] ?? '').trim();
    if (type === 'headers') settings[name] = readHeaders(text) ?? {};
    else if (text === '') continue;
    else if (type === 'number') settings[name] = Number(text);
    else if (type === 'lines') settings[name] = text.split(/[\s,;]+/).filter(Boolean);
    else settings[name] = text;
  }
  return settings;
}
