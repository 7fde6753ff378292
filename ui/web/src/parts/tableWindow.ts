import { useEffect, useMemo, useState } from 'preact/hooks';

export const virtualFrom = 200;
const spare = 20;

/** Whether the window is at most so wide. */
export function useIsNarrow(mostPx: number): boolean {
  const query = useMemo(() => window.matchMedia(`(max-width: ${mostPx}px)`), [mostPx]);
  const [is, setIs] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => setIs(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [query]);
  return is;
}

/** Of many rows only those near the window are drawn; the others are room. */
export function useWindow(count: number, rowHeight: number, body: { current: HTMLElement | null }): [number, number] {
  const [first, setFirst] = useState(0);
  const virtual = count > virtualFrom;
  useEffect(() => {
    if (!virtual) return undefined;
    const look = (): void => setFirst(Math.max(0, Math.floor(-(body.current?.getBoundingClientRect().top ?? 0) / rowHeight / spare) * spare - spare));
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => { window.removeEventListener('scroll', look); window.removeEventListener('resize', look); };
  }, [virtual, rowHeight]);
  return virtual ? [Math.min(first, count), Math.min(count, first + Math.ceil(window.innerHeight / rowHeight) + 3 * spare)] : [0, count];
}
