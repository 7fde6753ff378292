import { signal } from '@preact/signals';
import { api, loginNeeded, type Page } from './api';

export interface Pinned { id: string; title: string }

/** The dashboards that stand in the sidebar. */
export const pinned = signal<Pinned[]>([]);

let known: Promise<void> | null = null;

export function loadPinned(): Promise<void> {
  known = api<Page<Pinned>>('/api/app/dashboards?pinned=true').then(({ items }) => { pinned.value = items.map(({ id, title }) => ({ id, title })); }, () => { known = null; });
  return known;
}

/** Asks for them once; later they change with what this page does. */
export const knowPinned = (): void => { if (!known && !loginNeeded.value) void loadPinned(); };
