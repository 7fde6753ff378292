import { useLayoutEffect } from 'preact/hooks';
import { onKey } from '../lib/keys';

interface Body { current: HTMLElement | null }

/** Brings a row into view, below the header, and gives it the focus. */
function focusRow(body: HTMLElement, at: number, rowHeight: number, done: () => void): void {
  const drawn = body.querySelector(`[data-row="${at}"]`);
  const top = drawn ? drawn.getBoundingClientRect().top : body.getBoundingClientRect().top + at * rowHeight;
  if (top < 100) window.scrollBy(0, top - 100);
  else if (top > window.innerHeight - 80) window.scrollBy(0, top - window.innerHeight + 80);
  const focus = (): void => { body.querySelector<HTMLElement>(`[data-row="${at}"] a, [data-row="${at}"] button`)?.focus({ preventScroll: true }); done(); };
  if (drawn) focus();
  else window.requestAnimationFrame(() => window.requestAnimationFrame(focus));
}

/** j and k along the rows of a table; Enter opens the focused one, because a row is a link. */
export function useTableKeys(isOn: boolean, count: number, rowHeight: number, body: Body): void {
  useLayoutEffect(() => {
    if (!isOn || count === 0) return undefined;
    let aim: number | null = null;
    const move = (step: number): void => {
      if (!body.current) return;
      const row = document.activeElement?.closest<HTMLElement>('[data-row]');
      const now = row && body.current.contains(row) ? Number(row.dataset['row']) : step > 0 ? -1 : count;
      aim = Math.max(0, Math.min(count - 1, (aim ?? now) + step));
      focusRow(body.current, aim, rowHeight, () => { aim = null; });
    };
    const stops = [onKey('j', () => move(1), 'Next row; Enter opens it'), onKey('k', () => move(-1), 'Row before')];
    return () => stops.forEach((stop) => stop());
  }, [isOn, count, rowHeight, body]);
}
