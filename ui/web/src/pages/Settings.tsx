import type { ComponentChildren } from 'preact';
import { path } from '../lib/router';
import { Shell } from '../parts/Shell';
import { TabLinks } from '../parts/TabLinks';
import { Appearance } from './settings/Appearance';
import { Keys } from './settings/Keys';
import { Password } from './settings/Password';
import { Projects } from './settings/Projects';

const tabs = [
  { href: '/settings/keys', name: 'Keys' },
  { href: '/settings/projects', name: 'Projects' },
  { href: '/settings/password', name: 'Password' },
  { href: '/settings/appearance', name: 'Appearance' },
];

function body(at: string): ComponentChildren {
  if (at === '/settings/projects') return <Projects />;
  if (at === '/settings/password') return <Password />;
  return at === '/settings/appearance' ? <Appearance /> : <Keys />;
}

export function Settings() {
  return <Shell title="Settings"><TabLinks tabs={tabs} at={path.value === '/settings' ? '/settings/keys' : path.value} />{body(path.value)}</Shell>;
}
