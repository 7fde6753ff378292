import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Trouble } from './Sentence';

type Loader = () => Promise<ComponentType>;

const known = new Map<Loader, ComponentType>();

const fetched = async (load: Loader): Promise<ComponentType> => {
  const component = await load();
  known.set(load, component);
  return component;
};

/** Fetches pages that may be opened next, once the browser has nothing better to do. */
export function fetchSoon(loaders: Loader[]): void {
  const all = (): void => { for (const load of loaders) if (!known.has(load)) fetched(load).catch(() => undefined); };
  if ('requestIdleCallback' in window) window.requestIdleCallback(all, { timeout: 4000 });
  else setTimeout(all, 1000);
}

/** A page whose script comes when it is first opened. */
export function Later({ load }: { load: Loader }) {
  const [, setCount] = useState(0), [failed, setFailed] = useState(false);
  const Known = known.get(load);
  const run = (): void => {
    setFailed(false);
    fetched(load).then(() => setCount((count) => count + 1), () => setFailed(true));
  };
  useEffect(() => { if (!known.has(load)) run(); }, [load]);
  if (Known) return <Known />;
  return failed ? <div class="bare"><Trouble error={{ message: 'This page did not arrive.', hint: 'Is Plimsoll still running on this address?' }} retry={run} /></div> : null;
}
