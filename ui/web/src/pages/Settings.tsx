import type { ComponentChildren } from 'preact';
import { path } from '../lib/router';
import { Shell } from '../parts/Shell';
import { TabLinks } from '../parts/TabLinks';
import { About } from './settings/About';
import { Appearance } from './settings/Appearance';
import { Backup } from './settings/Backup';
import { Keys } from './settings/Keys';
import { Password } from './settings/Password';
import { Prices } from './settings/Prices';
import { Projects } from './settings/Projects';
import { Users } from './settings/Users';

const tabs = [
  { href: '/settings/keys', name: 'Keys' },
  { href: '/settings/projects', name: 'Projects' },
  { href: '/settings/users', name: 'Users' },
  { href: '/settings/prices', name: 'Prices' },
  { href: '/settings/password', name: 'Account' },
  { href: '/settings/backup', name: 'Backup' },
  { href: '/settings/appearance', name: 'Appearance' },
  { href: '/settings/about', name: 'About' },
];

function body(at: string): ComponentChildren {
  if (at === '/settings/projects') return <Projects />;
  if (at === '/settings/prices') return <Prices />;
  if (at === '/settings/users') return <Users />;
  if (at === '/settings/password') return <Password />;
  if (at === '/settings/backup') return <Backup />;
  if (at === '/settings/about') return <About />;
  return at === '/settings/appearance' ? <Appearance /> : <Keys />;
}

export function Settings() {
  return <Shell title="Settings"><TabLinks tabs={tabs} at={path.value === '/settings' ? '/settings/keys' : path.value} />{body(path.value)}</Shell>;
}
