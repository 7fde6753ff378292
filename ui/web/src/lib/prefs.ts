import { signal } from '@preact/signals';

/** Choices of this browser. Storage may be switched off: then they last as long as the page. */
export function recall(name: string): string | null {
  try {
    return window.localStorage.getItem(`plimsoll.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) window.localStorage.removeItem(`plimsoll.${name}`);
    else window.localStorage.setItem(`plimsoll.${name}`, value);
  } catch {
    /* Kept for this page only. */
  }
}

export type Theme = 'system' | 'dark' | 'light';
export const theme = signal<Theme>((recall('theme') as Theme | null) ?? 'system');
/** Rises when colours changed, so that canvases are drawn again. */
export const paint = signal(0);

function apply(): void {
  if (theme.value === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme.value;
  paint.value++;
}

export function setTheme(next: Theme): void {
  theme.value = next;
  remember('theme', next === 'system' ? null : next);
  apply();
}

export const isDark = (): boolean =>
  theme.value === 'dark' || (theme.value === 'system' && !window.matchMedia('(prefers-color-scheme: light)').matches);

/** Dark and light change places; what the system shows anyway becomes "system" again. */
export function flipTheme(): void {
  const next = isDark() ? 'light' : 'dark';
  const system = window.matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  setTheme(next === system ? 'system' : next);
}

export function startTheme(): void {
  apply();
  window.matchMedia('(prefers-color-scheme: light)').addEventListener('change', apply);
  window.addEventListener('beforeprint', () => { document.documentElement.dataset['theme'] = 'light'; paint.value++; });
  window.addEventListener('afterprint', apply);
}

export const shortcutsOn = signal(recall('shortcuts') !== 'off');
export function setShortcuts(on: boolean): void {
  shortcutsOn.value = on;
  remember('shortcuts', on ? null : 'off');
}
