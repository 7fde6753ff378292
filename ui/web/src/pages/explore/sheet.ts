import { signal } from '@preact/signals';

const media = window.matchMedia('(max-width: 980px)');

/** True where the list of metrics has no room beside the chart. */
export const isNarrow = signal(media.matches);
media.addEventListener('change', () => { isNarrow.value = media.matches; });

/** The query that a metric is being chosen for in the sheet; null while that is shut. */
export const choosingFor = signal<string | null>(null);
