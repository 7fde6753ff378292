import { signal } from '@preact/signals';
import { copyLink } from './clipboard';
import { closeDrawer, drawer, toggleDrawer } from './docs';
import { toggleLive } from './live';
import { lastCrosshairMs, marking, marksOpen } from './marks';
import { flipTheme, shortcutsOn } from './prefs';
import { choosePreset, presets, stepRange, unzoom } from './range';
import { navigate } from './router';

export const helpOpen = signal(false);
export const paletteOpen = signal(false);
/** True while the form for another time range is open. */
export const rangeOpen = signal(false);

const go: Record<string, string> = { o: '/', e: '/explore', d: '/dashboards', n: '/endpoints', c: '/costs', h: '/checks', a: '/alerts', t: '/data', s: '/settings/keys' };

export const shortcuts: [string, string][] = [
  ['g o', 'Overview'], ['g e', 'Explore'], ['g d', 'Dashboards'], ['g n', 'Endpoints'], ['g c', 'Costs'], ['g h', 'Health'], ['g a', 'Alerts'], ['g t', 'Data'], ['g s', 'Settings'], ['/', 'Search'], ['⌘ K', 'Search, from a field too'], ['t 1 – 5', 'Time range, 1 h to 30 d'], ['t 0', 'Another range, or compare'], ['[ ]', 'Half a range back or on, ⇧ for a whole one'], ['m', 'Mark the moment at the crosshair'], ['⇧ m', 'List of marks'],
  ['l', 'Live on and off'], ['d', 'Dark or light'], ['c', 'Copy the link to this view'], ['⇧ D', 'Docs beside this page'], ['Esc', 'Close, or undo a zoom'], ['← →', 'Step the crosshair of a focused chart'], ['PgUp PgDn', 'To the mark before or after it'], ['?', 'This list'],
];

/** Keys of the page that is open, tried before the common ones. */
const pageKeys = new Map<string, () => void>();
/** Those of them that the list of shortcuts names, as key and what it does. */
export const pageShortcuts = signal<[string, string][]>([]);

/** Takes a key while the answer is not called; `what` puts it into the list of shortcuts. */
export function onKey(key: string, run: () => void, what = ''): () => void {
  const entry: [string, string] = [key === ' ' ? 'Space' : key, what];
  pageKeys.set(key, run);
  if (what) pageShortcuts.value = [...pageShortcuts.value, entry];
  return () => {
    if (pageKeys.get(key) === run) pageKeys.delete(key);
    pageShortcuts.value = pageShortcuts.value.filter((other) => other !== entry);
  };
}

/** True on pages that have a time range. */
const ranged = (): boolean => document.querySelector('.range') !== null;
const step = (halves: number): void => { if (ranged()) stepRange(halves); };

let prefix = '';
let prefixTimer: number | undefined;

function withPrefix(key: string): boolean {
  if (prefix === 'g' && go[key]) navigate(go[key]);
  else if (prefix === 't' && presets[Number(key) - 1]) choosePreset(presets[Number(key) - 1]!);
  else if (prefix === 't' && key === '0' && ranged()) rangeOpen.value = true;
  else return false;
  return true;
}

function escape(): boolean {
  if (paletteOpen.value || helpOpen.value) {
    paletteOpen.value = helpOpen.value = false;
    return true;
  }
  if (drawer.value !== null) {
    closeDrawer();
    return true;
  }
  return unzoom();
}

const common: Record<string, () => void> = {
  '/': () => { paletteOpen.value = true; },
  '?': () => { helpOpen.value = !helpOpen.value; },
  l: toggleLive,
  d: flipTheme,
  '[': () => step(-1),
  ']': () => step(1),
  '{': () => step(-2),
  '}': () => step(2),
  m: () => { if (ranged()) marking.value = lastCrosshairMs(); },
  M: () => { if (ranged()) marksOpen.value = true; },
  D: toggleDrawer,
  c: () => void copyLink(),
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
