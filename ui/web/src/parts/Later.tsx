import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { lateStyle } from './lateStyle';
import { fetchParts } from './lazy';
import { Trouble } from './Sentence';

type Loader = () => Promise<ComponentType>;

const known = new Map<Loader, ComponentType>();

export const fetched = async (load: Loader): Promise<ComponentType> => {
  const [component] = await Promise.all([load(), lateStyle()]);
  known.set(load, component);
  return component;
};

/** How long the page that is open has the connections to itself. */
const aheadMs = 1200;

const whenIdle = (job: () => void): void => { if ('requestIdleCallback' in window) window.requestIdleCallback(job, { timeout: 4000 }); else setTimeout(job, 50); };
const tried = new Set<Loader>();

/** Fetches pages that may be opened next, one at a time, once the one that is open has its data and the browser nothing better to do. */
export function fetchSoon(loaders: Loader[]): void {
  const one = async (): Promise<void> => {
    const load = loaders.find((each) => !known.has(each) && !tried.has(each));
    if (!load) return fetchParts();
    tried.add(load);
    await fetched(load).catch(() => undefined);
    whenIdle(one);
  };
  setTimeout(() => whenIdle(one), aheadMs);
}

/** A page whose script comes when it is first opened. */
export function Later({ load }: { load: Loader }) {
  const [, setCount] = useState(0), [failed, setFailed] = useState(false);
  const Known = known.get(load);
  const run = (): void => {
    setFailed(false);
    fetched(load).then(() => setCount((count) => count + 1), () => setFailed(true));
  };
  // It may have come between the drawing and this.
  useEffect(() => { if (!Known) run(); }, [load]);
  if (Known) return <Known />;
  return failed ? <div class="bare"><Trouble error={{ message: 'This page did not arrive.', hint: 'Is Plimsoll still running on this address?' }} retry={run} /></div> : null;
}
