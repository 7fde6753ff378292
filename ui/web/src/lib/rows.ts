import { useLayoutEffect } from 'preact/hooks';
import { onKey } from './keys';

/** Moves the focus along the elements that match, from the one that has it, or to the first. */
export function stepFocus(selector: string, by: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => element.offsetParent !== null);
  const at = all.findIndex((element) => element === document.activeElement || element.closest('tr, li')?.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** j and k along the rows of a page; Enter opens the focused one, because a row is a link. */
export function useRowKeys(selector = 'main .row-link'): void {
  useLayoutEffect(() => {
    const ends = [onKey('j', () => stepFocus(selector, 1), 'Next row; Enter opens it'), onKey('k', () => stepFocus(selector, -1), 'Row before')];
    return () => ends.forEach((end) => end());
  }, [selector]);
}

/** One key of this page, heard as soon as it stands. */
export function useKey(key: string, run: () => void, what: string): void {
  useLayoutEffect(() => onKey(key, run, what));
}
