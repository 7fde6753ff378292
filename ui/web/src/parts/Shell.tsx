import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { firing } from '../lib/alarms';
import { applianceFigures, logOut, session } from '../lib/api';
import { drawer, toggleDrawer } from '../lib/docs';
import { clock, format } from '../lib/format';
import { useLoad, useTitle } from '../lib/hooks';
import { paletteOpen } from '../lib/keys';
import { lastHeardMs, liveState, status, toggleLive } from '../lib/live';
import { flipTheme } from '../lib/prefs';
import { path } from '../lib/router';
import type { Storage } from '../lib/types';
import { BottomTabs } from './BottomTabs';
import { Icon, Mark } from './icons';
import { PageLink, pages } from './PageLink';
import { PinnedLinks } from './PinnedLinks';
import { ProjectSwitch } from './ProjectSwitch';
import { RangePicker } from './RangePicker';

function Vitals() {
  const { data } = useLoad(applianceFigures<Storage>, 30_000);
  const rate = status.value?.samples_per_second ?? data?.samples_per_second;
  return (
    <div class="vitals num">
      {rate !== undefined && <span>{rate.toLocaleString('en-US', { maximumFractionDigits: rate < 10 ? 1 : 0 })} samples/s</span>}
      {data && <span>{data.days_left != null ? `${Math.floor(data.days_left).toLocaleString('en-US')} days of disk left` : `${format(data.disk_free_bytes, { kind: 'bytes' })} of disk free`}</span>}
    </div>
  );
}

/** Who is logged in, and the way out. */
function Who() {
  const { user, role } = session.value ?? {};
  if (!user) return null;
  return (
    <div class="who">
      <a href="/settings/password" title={`${user.name}, role ${role}`}><Icon name="user" /><span>{user.name}</span><small>{role}</small></a>
      <button type="button" class="link quiet" onClick={() => void logOut()}>Log out</button>
    </div>
  );
}

function Sidebar() {
  return (
    <nav class="side" aria-label="Pages">
      <a class="brand" href="/"><Mark /><b>Plimsoll</b></a>
      <ProjectSwitch />
      <div class="links">{pages.map((page) => <PageLink key={page.href} {...page} at={page.href} />)}</div>
      <PinnedLinks />
      <div class="links low">
        <PageLink href="/docs" at="/docs" name="Docs" icon="docs" />
        <PageLink href="/settings/keys" at="/settings" name="Settings" icon="settings" />
        <button type="button" onClick={flipTheme}><Icon name="theme" /><span>Light or dark</span></button>
      </div>
      <Who />
      <Vitals />
    </nav>
  );
}

/** As it stands on the keyboard that is used. */
export const commandKey = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl ';

function LiveDot() {
  const state = liveState.value;
  const text = { live: 'live', connecting: 'connecting', paused: 'paused', lost: lastHeardMs.value ? `Reconnecting, last data ${clock(lastHeardMs.value, true)}` : 'Reconnecting' }[state];
  return (
    <button type="button" class={`live ${state}`} onClick={toggleLive} title={`${text}: live on and off (l)`} aria-label={`Live: ${text}`} aria-pressed={state !== 'paused'}>
      <i aria-hidden="true" /><span>{text}</span>
    </button>
  );
}

/** The tab wears the mark in the colour of the worst status. */
function showIcon(isFiring: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (!link) return;
  link.dataset['calm'] ??= link.href;
  link.href = (isFiring ? link.dataset['firing'] : link.dataset['calm']) ?? link.href;
}

interface ShellProps {
  title: string;
  parent?: { title: string; href: string };
  ranged?: boolean;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a page: sidebar, top bar, content, and the tabs of a phone. */
export function Shell({ title, parent, ranged, actions, children }: ShellProps) {
  const count = firing.value.length;
  useTitle(count ? `(${count}) ${title}` : title);
  useEffect(() => showIcon(count > 0), [count > 0]);
  return (
    <div class="app">
      <a class="skip" href="#main">Skip to the content</a>
      <Sidebar />
      <div class="page">
        <header class="top">
          <a class="brand short" href="/" aria-label="Plimsoll, overview"><Mark /></a>
          <h1>{parent && <><a href={parent.href}>{parent.title}</a><i aria-hidden="true">/</i></>}{title}</h1>
          <span class="grow" />
          <LiveDot />
          <button type="button" class="searcher" onClick={() => { paletteOpen.value = true; }} aria-label={`Search or jump ${commandKey}K`}>
            <Icon name="explore" /><span>Search or jump</span>{' '}<kbd>{commandKey}K</kbd>
          </button>
          {ranged && <RangePicker />}
          {!path.value.startsWith('/docs') && <button type="button" class="icon-button docs-button" onClick={toggleDrawer} aria-expanded={drawer.value !== null} aria-label="Docs" title="Docs beside this page (⇧ D)"><Icon name="docs" /></button>}
          {actions && <div class="actions">{actions}</div>}
        </header>
        <main id="main" tabIndex={-1}>{children}</main>
      </div>
      <BottomTabs />
    </div>
  );
}
