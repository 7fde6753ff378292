import { rules } from './alarms';
import { hrefOf } from '../pages/endpoints/address';
import { api, openProject, session } from './api';
import { copyLink } from './clipboard';
import { openDrawer } from './docs';
import { fuzzy } from './fuzzy';
import { flipTheme, recall, remember } from './prefs';
import { navigate } from './router';

/** Something that the search leads to: a place, or something that it does. */
export interface Target { name: string; kind: string; href: string; run?: () => void }

const page = (name: string, href: string): Target => ({ name, kind: 'page', href });
const action = (name: string, run: () => void): Target => ({ name, kind: 'action', href: `action:${name}`, run });

const pages: Target[] = [
  page('Overview', '/'), page('Explore', '/explore'), page('Dashboards', '/dashboards'), page('Endpoints', '/endpoints'), page('Costs', '/costs'), page('Health', '/checks'),
  page('Alerts', '/alerts'), page('Alarms', '/alerts/rules'), page('Episodes', '/alerts/episodes'), page('Silences and maintenance', '/alerts/silences'), page('Channels', '/alerts/channels'),
  page('What just arrived', '/data/inbox'), page('Dead letters', '/data/dead-letters'), page('Targets to scrape', '/data/targets'), page('Cardinality', '/data/cardinality'), page('Storage and retention', '/data/storage'), page('Import and export', '/data/transfer'),
  page('Keys', '/settings/keys'), page('Projects', '/settings/projects'), page('Users', '/settings/users'), page('Prices', '/settings/prices'), page('Account and password', '/settings/password'), page('Backup', '/settings/backup'), page('Appearance', '/settings/appearance'), page('About', '/settings/about'),
  page('Docs', '/docs'), page('API reference', '/docs/api'), page('Send a metric', '/welcome'),
];

const actions = (): Target[] => [
  { name: 'New alarm', kind: 'action', href: '/alerts/new' }, { name: 'New dashboard', kind: 'action', href: '/dashboards/new' },
  action('Dark or light', flipTheme), action('Copy the link to this view', () => void copyLink()), action('Docs beside this page', openDrawer),
];

/** Where one may go on this appliance; each list that cannot be had is left out. */
export async function findTargets(): Promise<Target[]> {
  const items = async <T>(path: string, target: (item: T) => Target, key = 'items'): Promise<Target[]> => {
    try {
      return ((await api<Record<string, T[]>>(path))[key] ?? []).map(target);
    } catch {
      return [];
    }
  };
  const here = session.value?.project;
  const lists = await Promise.all([
    items<{ id: string; title: string }>('/api/app/dashboards?limit=500', ({ id, title }) => ({ name: title, kind: 'dashboard', href: `/dashboards/${id}` })),
    items<{ id: string; name: string }>('/api/app/checks?limit=500', ({ id, name }) => ({ name, kind: 'check', href: `/checks/${id}` })),
    items<{ method: string; route: string }>('/metrics/endpoints?from=24h', ({ method, route }) => ({ name: `${method} ${route}`, kind: 'route', href: hrefOf({ method, route }) }), 'endpoints'),
    items<{ id: string; name: string }>('/api/app/channels', ({ id, name }) => ({ name, kind: 'channel', href: `/alerts/channels#${id}` })),
    items<{ id: string }>('/api/app/projects', ({ id }) => ({ name: `Project ${id}`, kind: 'action', href: `project:${id}`, run: () => openProject(id) })),
    items<{ name: string; kind: string }>('/api/app/metrics', ({ name, kind }) => ({ name, kind, href: `/explore?m=${encodeURIComponent(name)}` })),
  ]);
  return lists.flat().filter(({ href }) => href !== `project:${here}`);
}

export const ownTargets = (): Target[] =>
  [...pages, ...actions(), ...(rules.value ?? []).map((rule) => ({ name: rule.name, kind: 'alarm', href: `/alerts/rules/${rule.id}` }))];

const kept = 8;

type Kept = Pick<Target, 'name' | 'kind' | 'href'>;
const isKept = (each: unknown): each is Kept => ['name', 'kind', 'href'].every((field) => typeof (each as Record<string, unknown> | null)?.[field] === 'string');

/** What was chosen last, the newest first; kept in this browser. */
export function recentTargets(): Kept[] {
  try {
    const read: unknown = JSON.parse(recall('recent') ?? '[]');
    return Array.isArray(read) ? read.filter(isKept) : [];
  } catch {
    return [];
  }
}

export function follow(target: Target): void {
  const { name, kind, href, run } = target;
  remember('recent', JSON.stringify([{ name, kind, href }, ...recentTargets().filter((each) => each.href !== href)].slice(0, kept)));
  if (run) run();
  else navigate(href);
}

/** All there is; until the lists have come, what was chosen lately stands for them, if it is a place. */
export function allTargets(fetched: Target[] | null, recent: Kept[]): Target[] {
  const own = ownTargets(), known = new Set(own.map(({ href }) => href));
  return [...own, ...(fetched ?? recent.filter(({ href }) => href.startsWith('/') && !known.has(href)))];
}

/** The best first; of those that match, what was chosen lately comes before. */
export function rank(text: string, all: Target[], recent: Kept[], most = 10): Target[] {
  const found = fuzzy(text, all, ({ name }) => name).slice(0, text ? 40 : undefined), place = ({ href }: Target): number => recent.findIndex((each) => each.href === href);
  const lately = found.filter((target) => place(target) >= 0).sort((a, b) => place(a) - place(b));
  return [...lately, ...found.filter((target) => place(target) < 0)].slice(0, most);
}

