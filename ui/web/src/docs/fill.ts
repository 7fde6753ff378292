import { signal } from '@preact/signals';
import { api, can } from '../lib/api';

/** A key to send with, made on request and held by this page only: keys are stored hashed. */
export const ingestKey = signal('');

export async function makeKey(): Promise<void> {
  ingestKey.value = (await api<{ key: string }>('/api/app/welcome-key', { method: 'POST', body: {} })).key;
}

export const mayMakeKey = (): boolean => can('admin');

const short = (key: string): string => (key.length > 28 ? `${key.slice(0, 17)}…${key.slice(-3)}` : key);

const placeholders = ['address', 'host', 'hostname', 'key', 'read_key', 'edit_key', 'admin_key'] as const;
export type Placeholder = (typeof placeholders)[number];

const values = (key: string): Record<Placeholder, string> => ({
  address: window.location.origin, host: window.location.host, hostname: window.location.hostname,
  key: key || 'YOUR_KEY', read_key: 'READ_KEY', edit_key: 'EDIT_KEY', admin_key: 'ADMIN_KEY',
});

export const fillWith = (text: string, by: Record<string, string>): string => text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => by[name] ?? whole);

/** A text of the guide with the reader's own address and key; shortened where it is only shown. */
export const fill = (text: string): string => fillWith(text, values(ingestKey.value));
export const fillShown = (text: string): string => fillWith(text, values(ingestKey.value && short(ingestKey.value)));
