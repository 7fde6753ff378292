import { computed, signal } from '@preact/signals';

const current = signal(new URL(window.location.href));
export const path = computed(() => current.value.pathname.replace(/\/+$/, '') || '/');
export const search = computed(() => current.value.searchParams);

const read = (): void => { current.value = new URL(window.location.href); };

/** Asked before the page is left; false keeps it. */
let guard: (() => boolean) | null = null;
export const guardLeaving = (ask: (() => boolean) | null): void => { guard = ask; };

export function navigate(to: string, replace = false): void {
  const target = new URL(to, window.location.href);
  const leaves = target.pathname !== current.value.pathname;
  if (leaves && guard && !guard()) return;
  window.history[replace ? 'replaceState' : 'pushState'](null, '', target);
  read();
  if (!leaves) return;
  window.scrollTo(0, 0);
  window.setTimeout(() => document.getElementById('main')?.focus({ preventScroll: true }));
}

/** Sets or (null) removes query parameters of the page that is open. */
export function setSearch(changes: Record<string, string | null>, replace = true): void {
  const target = new URL(current.value);
  for (const [name, value] of Object.entries(changes))
    if (value === null || value === '') target.searchParams.delete(name);
    else target.searchParams.set(name, value);
  if (target.href !== current.value.href) navigate(target.href, replace);
}

function clicked(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (link.hash && link.pathname === window.location.pathname) return;
  event.preventDefault();
  navigate(link.href);
}

export function startRouter(): void {
  window.addEventListener('popstate', read);
  document.addEventListener('click', clicked);
}
