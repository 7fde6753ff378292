import { signal } from '@preact/signals';
import { toggleLive } from './live';
import { flipTheme, shortcutsOn } from './prefs';
import { choosePreset, presets, unzoom } from './range';
import { navigate } from './router';

export const helpOpen = signal(false);
export const paletteOpen = signal(false);

const go: Record<string, string> = { o: '/', e: '/explore', h: '/checks', a: '/alerts', t: '/data', s: '/settings/keys' };

export const shortcuts: [string, string][] = [
  ['g o', 'Overview'], ['g e', 'Explore'], ['g h', 'Health'], ['g a', 'Alerts'], ['g t', 'Data'], ['g s', 'Settings'], ['/', 'Search'], ['t 1 – 5', 'Time range, 1 h to 30 d'],
  ['l', 'Live on and off'], ['d', 'Dark or light'], ['Esc', 'Close, or undo a zoom'], ['← →', 'Step the crosshair of a focused chart'], ['?', 'This list'],
];

/** Keys of the page that is open, tried before the common ones. */
const pageKeys = new Map<string, () => void>();
export function onKey(key: string, run: () => void): () => void {
  pageKeys.set(key, run);
  return () => { if (pageKeys.get(key) === run) pageKeys.delete(key); };
}

let prefix = '';
let prefixTimer: number | undefined;

function withPrefix(key: string): boolean {
  if (prefix === 'g' && go[key]) navigate(go[key]);
  else if (prefix === 't' && presets[Number(key) - 1]) choosePreset(presets[Number(key) - 1]!);
  else return false;
  return true;
}

function escape(): boolean {
  if (paletteOpen.value || helpOpen.value) {
    paletteOpen.value = helpOpen.value = false;
    return true;
  }
  return unzoom();
}

const common: Record<string, () => void> = {
  '/': () => { paletteOpen.value = true; },
  '?': () => { helpOpen.value = !helpOpen.value; },
  l: toggleLive,
  d: flipTheme,
};

function pressed(event: KeyboardEvent): void {
  if ((event.metaKey || event.ctrlKey) && event.key === 'k') {
    event.preventDefault();
    paletteOpen.value = true;
    return;
  }
  if (event.key === 'Escape') {
    if (escape()) event.preventDefault();
    return;
  }
  const field = (event.target as Element | null)?.closest('input, textarea, select, [contenteditable]');
  if (field || !shortcutsOn.value || event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
  const known = prefix ? withPrefix(event.key) : false;
  prefix = '';
  window.clearTimeout(prefixTimer);
  if (known) return event.preventDefault();
  if (event.key === 'g' || event.key === 't') {
    prefix = event.key;
    prefixTimer = window.setTimeout(() => { prefix = ''; }, 1200);
    return;
  }
  const run = pageKeys.get(event.key) ?? common[event.key];
  if (!run) return;
  event.preventDefault();
  run();
}

export const startKeys = (): void => document.addEventListener('keydown', pressed);
