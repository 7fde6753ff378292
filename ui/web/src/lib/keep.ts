import { signal } from '@preact/signals';

/** A chart that somebody wants to keep on a dashboard. */
export interface Kept { title: string; expr: string; further?: string[]; view?: string }

/** The one that is being kept, while its form is open. */
export const keeping = signal<Kept | null>(null);
