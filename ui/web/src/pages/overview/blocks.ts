import { useEffect } from 'preact/hooks';
import { recall, remember } from '../../lib/prefs';

export type Block = 'load' | 'requests' | 'own' | 'llm';

/** Which blocks stood here last: the page is laid out by them until the appliance answers, so that nothing jumps. */
export function useBlocks(known: Record<Block, boolean> | null): Record<Block, boolean> | null {
  const text = known ? (Object.keys(known) as Block[]).filter((name) => known[name]).join(' ') : null;
  useEffect(() => { if (text !== null) remember('blocks', text); }, [text]);
  if (known) return known;
  const kept = recall('blocks');
  if (kept === null) return null;
  const names = kept.split(' ');
  return { load: names.includes('load'), requests: names.includes('requests'), own: names.includes('own'), llm: names.includes('llm') };
}
