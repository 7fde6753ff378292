import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { lateStyle } from './lateStyle';

/** Fetches the parts that were declared, for a moment when the browser has nothing better to do. */
const fetchers: (() => Promise<unknown>)[] = [];
export const fetchParts = (): void => fetchers.forEach((fetchPart) => void fetchPart().catch(() => undefined));

/**
 * A part whose script comes when it is first shown; nothing stands in its place until then. `styled` brings the sheet of the
 * later pages along, which what belongs to the overview does without.
 */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>, styled = true): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  const fetchPart = async (): Promise<void> => { known ??= (await Promise.all([load(), styled ? lateStyle() : null]))[0]; };
  fetchers.push(fetchPart);
  return function Lazy(props: Props) {
    const [, setCount] = useState(0);
    const Part = known;
    // It may have come between the drawing and this.
    useEffect(() => {
      if (!Part) fetchPart().then(() => setCount((count) => count + 1), () => undefined);
    }, []);
    return Part ? <Part {...props} /> : null;
  };
}
