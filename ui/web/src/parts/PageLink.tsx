import { firing } from '../lib/alarms';
import { path } from '../lib/router';
import { Icon, type IconName } from './icons';

export interface PageEntry { href: string; name: string; icon: IconName }

export const pages: PageEntry[] = [
  { href: '/', name: 'Overview', icon: 'overview' },
  { href: '/explore', name: 'Explore', icon: 'explore' },
  { href: '/dashboards', name: 'Dashboards', icon: 'dashboards' },
  { href: '/endpoints', name: 'Endpoints', icon: 'endpoints' },
  { href: '/costs', name: 'Costs', icon: 'costs' },
  { href: '/checks', name: 'Health', icon: 'health' },
  { href: '/alerts', name: 'Alerts', icon: 'alerts' },
  { href: '/data', name: 'Data', icon: 'data' },
];

export const isOpen = (href: string): boolean => (href === '/' ? path.value === '/' : path.value === href || path.value.startsWith(`${href}/`));

/** A page in the sidebar and the tabs; alerts carry the number that fire. */
export function PageLink({ href, name, icon, at }: PageEntry & { at: string }) {
  const count = href === '/alerts' ? firing.value.length : 0;
  return (
    <a href={href} aria-current={isOpen(at) ? 'page' : undefined}>
      <Icon name={icon} /><span>{name}</span>
      {count > 0 && <b class="badge num" aria-label={`${count} firing`}>{count}</b>}
    </a>
  );
}
