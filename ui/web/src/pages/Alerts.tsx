import type { ComponentChildren } from 'preact';
import { firing } from '../lib/alarms';
import { navigate, path } from '../lib/router';
import { useKey } from '../lib/rows';
import { Shell } from '../parts/Shell';
import { TabLinks } from '../parts/TabLinks';
import { AlarmList } from './alerts/AlarmList';
import { AlarmPage } from './alerts/AlarmPage';
import { Channels } from './alerts/Channels';
import { EpisodePage } from './alerts/EpisodePage';
import { Episodes } from './alerts/Episodes';
import { Firing } from './alerts/Firing';
import { Silences } from './alerts/Silences';

function part(at: string): ComponentChildren {
  if (at === '/alerts/rules') return <AlarmList />;
  if (at === '/alerts/episodes') return <Episodes />;
  if (at === '/alerts/silences') return <Silences />;
  return at === '/alerts/channels' ? <Channels /> : <Firing />;
}

/** What fires, the alarms, what they did, and who is told. */
export function Alerts() {
  const at = path.value;
  useKey('n', () => navigate('/alerts/new'), 'New alarm');
  if (at === '/alerts/new') return <AlarmPage key="new" id={null} />;
  if (at.startsWith('/alerts/rules/')) return <AlarmPage key={at} id={decodeURIComponent(at.slice('/alerts/rules/'.length))} />;
  if (at.startsWith('/alerts/episodes/')) return <EpisodePage key={at} id={decodeURIComponent(at.slice('/alerts/episodes/'.length))} />;
  const tabs = [
    { href: '/alerts', name: 'Firing', count: firing.value.length }, { href: '/alerts/rules', name: 'Alarms' },
    { href: '/alerts/episodes', name: 'Episodes' }, { href: '/alerts/silences', name: 'Silences' }, { href: '/alerts/channels', name: 'Channels' },
  ];
  return (
    <Shell title="Alerts" actions={<a class="btn primary" href="/alerts/new">New alarm</a>}>
      <TabLinks tabs={tabs} at={at} />
      {part(at)}
    </Shell>
  );
}
