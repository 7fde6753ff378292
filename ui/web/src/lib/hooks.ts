import { useSignal, useSignalEffect, type Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, explain, type Page } from './api';
import { visible } from './format';
import { freshness, liveState } from './live';

/** The width of an element in CSS pixels, 0 until it is laid out. */
export function useWidth<T extends HTMLElement>(): [{ current: T | null }, number] {
  const element = useRef<T | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

export interface Loaded<T> {
  data: T | null;
  error: { message: string; hint: string } | null;
  reload: () => void;
}

/** Loads something, again every `everyMs` while the page is visible, and when what was loaded may be stale. */
export function useLoad<T>(load: () => Promise<T>, everyMs: number, key = ''): Loaded<T> {
  const state: Signal<{ data: T | null; error: Loaded<T>['error'] }> = useSignal<{ data: T | null; error: Loaded<T>['error'] }>({ data: null, error: null });
  const my = useRef({ load, serial: 0, seen: freshness.peek() });
  my.current.load = load;
  const run = async (): Promise<void> => {
    const serial = ++my.current.serial;
    try {
      const data = await my.current.load();
      if (serial === my.current.serial) state.value = { data, error: null };
    } catch (error) {
      if (serial === my.current.serial) state.value = { ...state.value, error: explain(error) };
    }
  };
  useEffect(() => {
    void run();
    const timer = everyMs > 0 ? window.setInterval(() => { if (!document.hidden && liveState.value !== 'paused') void run(); }, everyMs) : 0;
    return () => { window.clearInterval(timer); my.current.serial++; };
  }, [key]);
  useSignalEffect(() => { if (freshness.value !== my.current.seen) { my.current.seen = freshness.value; void run(); } });
  return { ...state.value, reload: () => void run() };
}

/** Without a path nothing is asked for, and there is nothing. */
export const useList = <T>(path: string, everyMs: number): Loaded<T[]> =>
  useLoad(async () => (path ? (await api<Page<T>>(path)).items : []), everyMs, path);

/** The title of the tab. */
export function useTitle(title: string): void {
  useEffect(() => { document.title = `${visible(title)} · Plimsoll`; }, [title]);
}
