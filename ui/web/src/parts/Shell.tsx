import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { firing } from '../lib/alarms';
import { api, session } from '../lib/api';
import { clock, format } from '../lib/format';
import { useLoad, useTitle } from '../lib/hooks';
import { paletteOpen } from '../lib/keys';
import { lastHeardMs, liveState, status, toggleLive } from '../lib/live';
import { flipTheme } from '../lib/prefs';
import { choosePreset, preset, presets, rangeNow, unzoom } from '../lib/range';
import { path } from '../lib/router';
import type { Storage } from '../lib/types';
import { Icon, Mark, type IconName } from './icons';

const pages: { href: string; name: string; icon: IconName }[] = [
  { href: '/', name: 'Overview', icon: 'overview' },
  { href: '/explore', name: 'Explore', icon: 'explore' },
  { href: '/checks', name: 'Health', icon: 'health' },
  { href: '/alerts', name: 'Alerts', icon: 'alerts' },
  { href: '/data', name: 'Data', icon: 'data' },
];

const isOpen = (href: string): boolean => (href === '/' ? path.value === '/' : path.value === href || path.value.startsWith(`${href}/`));

function PageLink({ href, name, icon, at }: { href: string; name: string; icon: IconName; at: string }) {
  const count = href === '/alerts' ? firing.value.length : 0;
  return (
    <a href={href} aria-current={isOpen(at) ? 'page' : undefined}>
      <Icon name={icon} /><span>{name}</span>
      {count > 0 && <b class="badge num" aria-label={`${count} firing`}>{count}</b>}
    </a>
  );
}

function Vitals() {
  const { data } = useLoad(() => api<Storage>('/api/app/storage'), 30_000);
  const rate = status.value?.samples_per_second ?? data?.samples_per_second;
  return (
    <div class="vitals num">
      {rate !== undefined && <span>{rate.toLocaleString('en-US', { maximumFractionDigits: rate < 10 ? 1 : 0 })} samples/s</span>}
      {data && <span>{data.days_left != null ? `${Math.floor(data.days_left).toLocaleString('en-US')} days of disk left` : `${format(data.disk_free_bytes, { kind: 'bytes' })} of disk free`}</span>}
    </div>
  );
}

function Sidebar() {
  const project = session.value?.project ?? 'default';
  return (
    <nav class="side" aria-label="Pages">
      <a class="brand" href="/"><Mark /><b>Plimsoll</b></a>
      <a class="project" href="/settings/projects" title="Projects"><i aria-hidden="true">{project.slice(0, 1)}</i><span>{project}</span></a>
      <div class="links">{pages.map((page) => <PageLink key={page.href} {...page} at={page.href} />)}</div>
      <div class="links low">
        <PageLink href="/settings/keys" at="/settings" name="Settings" icon="settings" />
        <button type="button" onClick={flipTheme}><Icon name="theme" /><span>Light or dark</span></button>
      </div>
      <Vitals />
    </nav>
  );
}

function BottomTabs() {
  return (
    <nav class="tabs" aria-label="Pages, short">
      {pages.map((page) => <PageLink key={page.href} {...page} at={page.href} />)}
      <PageLink href="/settings/keys" at="/settings" name="Settings" icon="settings" />
    </nav>
  );
}

function LiveDot() {
  const state = liveState.value;
  const text = { live: 'live', connecting: 'connecting', paused: 'paused', lost: lastHeardMs.value ? `Reconnecting, last data ${clock(lastHeardMs.value, true)}` : 'Reconnecting' }[state];
  return (
    <button type="button" class={`live ${state}`} onClick={toggleLive} title={`${text}: live on and off (l)`} aria-label={`Live: ${text}`} aria-pressed={state !== 'paused'}>
      <i aria-hidden="true" /><span>{text}</span>
    </button>
  );
}

function RangePicker() {
  const range = preset.value ? null : rangeNow();
  return (
    <>
      {range && <button type="button" class="btn small num" onClick={unzoom} title="Back (Esc)">{clock(range.fromMs)} – {clock(range.toMs)}<Icon name="cross" size={12} /></button>}
      <div class="segments" role="group" aria-label="Time range">
        {presets.map((name) => <button type="button" key={name} aria-pressed={preset.value === name} onClick={() => choosePreset(name)}>{name}</button>)}
      </div>
    </>
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
          <button type="button" class="searcher" onClick={() => { paletteOpen.value = true; }} aria-label="Search or jump">
            <Icon name="explore" /><span>Search or jump</span><kbd>/</kbd>
          </button>
          {ranged && <RangePicker />}
          {actions && <div class="actions">{actions}</div>}
        </header>
        <main id="main" tabIndex={-1}>{children}</main>
      </div>
      <BottomTabs />
    </div>
  );
}
