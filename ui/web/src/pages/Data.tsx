import type { ComponentChildren } from 'preact';
import { path } from '../lib/router';
import { Shell } from '../parts/Shell';
import { TabLinks } from '../parts/TabLinks';
import { Cardinality } from './data/Cardinality';
import { DeadLetters } from './data/DeadLetters';
import { Inbox } from './data/Inbox';
import { StorageFigures } from './data/StorageFigures';
import { Targets } from './data/Targets';
import { Transfer } from './data/Transfer';

const tabs = [
  { href: '/data/inbox', name: 'What just arrived' }, { href: '/data/dead-letters', name: 'Dead letters' }, { href: '/data/targets', name: 'Targets' },
  { href: '/data/cardinality', name: 'Cardinality' }, { href: '/data/storage', name: 'Storage' }, { href: '/data/transfer', name: 'Import and export' },
];

function part(at: string): ComponentChildren {
  if (at === '/data/dead-letters') return <DeadLetters />;
  if (at === '/data/targets') return <Targets />;
  if (at === '/data/cardinality') return <Cardinality />;
  if (at === '/data/transfer') return <Transfer />;
  return at === '/data/storage' ? <StorageFigures /> : <Inbox />;
}

/** What comes in, what was refused, where it is fetched, and what it takes up. */
export function Data() {
  const at = path.value === '/data' ? '/data/inbox' : path.value;
  return <Shell title="Data"><TabLinks tabs={tabs} at={at} />{part(at)}</Shell>;
}
