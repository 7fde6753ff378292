import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const nearPx = 120;

/** Whether an element is in view, or nearly: known when it is first laid out, without waiting for the observer. */
export function useInView<T extends HTMLElement>(): [{ current: T | null }, boolean] {
  const element = useRef<T | null>(null), [inView, setInView] = useState(false);
  useLayoutEffect(() => {
    const { top, bottom, width } = element.current!.getBoundingClientRect();
    setInView(width > 0 && bottom > -nearPx && top < innerHeight + nearPx);
    const observer = new IntersectionObserver(([entry]) => setInView(entry!.isIntersecting), { rootMargin: `${nearPx}px` });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, inView];
}

/** The room inside an element in CSS pixels, 0 until it is laid out. */
export function useRoom<T extends HTMLElement>(): [{ current: T | null }, { width: number; height: number }] {
  const element = useRef<T | null>(null), [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const fill = (width: number, height: number): void => setRoom((was) => (was.width === width && was.height === height ? was : { width, height }));
    fill(element.current!.clientWidth, element.current!.clientHeight);
    const observer = new ResizeObserver(([entry]) => fill(Math.round(entry!.contentRect.width), Math.round(entry!.contentRect.height)));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, room];
}

const lateMs = 300;

/** True once something has lasted so long that people notice. */
export function useLate(lasts: boolean, afterMs = lateMs): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!lasts) return setLate(false);
    const timer = window.setTimeout(() => setLate(true), afterMs);
    return () => window.clearTimeout(timer);
  }, [lasts]);
  return lasts && isLate;
}
