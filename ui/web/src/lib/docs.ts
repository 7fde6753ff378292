import { signal } from '@preact/signals';
import { path } from './router';
import { recall, remember } from './prefs';

/** Where the drawer is: `alarms`, `alarms#d-levels`, or '' for the list of pages. Null while it is shut. */
export const drawer = signal<string | null>(null);

/** The page of the guide that explains a page. The longest beginning counts. */
const explains: [string, string][] = [
  ['/', 'start'], ['/explore', 'explore'], ['/dashboards', 'dashboards'], ['/share', 'dashboards'], ['/endpoints', 'send#d-fastapi'], ['/costs', 'costs'],
  ['/checks', 'checks'], ['/alerts', 'alarms'], ['/alerts/channels', 'channels'], ['/alerts/silences', 'alarms#d-silences-and-maintenance'],
  ['/data', 'data'], ['/data/targets', 'prometheus#d-scrape'], ['/data/storage', 'retention'], ['/data/transfer', 'data#d-import-and-export'],
  ['/settings', 'users'], ['/settings/backup', 'backup'], ['/settings/prices', 'costs#d-prices'], ['/settings/about', 'command-line'], ['/settings/appearance', 'shortcuts'], ['/welcome', 'send'],
];

export function explaining(at: string): string {
  const fits = explains.filter(([from]) => at === from || (from !== '/' && at.startsWith(`${from}/`)));
  return fits.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? 'start';
}

/** What was read last beside each page, and how far down; kept in this browser. */
type Read = Record<string, { place: string; top: number }>;
const read = (): Read => {
  try {
    return JSON.parse(recall('docs') ?? '{}') as Read;
  } catch {
    return {};
  }
};
let base = '/';

export const lastTop = (): number => read()[base]?.top ?? 0;
export function keepPlace(place: string, top: number): void {
  remember('docs', JSON.stringify({ ...read(), [base]: { place, top: Math.round(top) } }));
}

export function openDrawer(): void {
  base = `/${path.value.split('/').slice(1, 3).join('/')}`;
  drawer.value = read()[base]?.place ?? explaining(path.value);
}

export const closeDrawer = (): void => { drawer.value = null; };
/** On the pages of the guide there is nothing to open beside. */
export const toggleDrawer = (): void => (drawer.value === null && !path.value.startsWith('/docs') ? openDrawer() : closeDrawer());
