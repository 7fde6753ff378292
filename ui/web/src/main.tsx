import { render } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadAlarms, watchAlarms } from './lib/alarms';
import { askAhead, explain, loadSession, loginNeeded, session } from './lib/api';
import { instantRange } from './lib/young';
import { startKeys } from './lib/keys';
import { startLive, stopLive, watchConnection } from './lib/live';
import { recall, remember, startTheme } from './lib/prefs';
import { firstPreset } from './lib/range';
import { navigate, path, search, startRouter } from './lib/router';
import { startVisible } from './lib/visible';
import { fetched, fetchSoon, Later } from './parts/Later';
import { lazy } from './parts/lazy';
import { Trouble } from './parts/Sentence';
import { Overlays } from './parts/Palette';
import { UndoBar } from './parts/UndoBar';
import { Lost } from './pages/Lost';
import { Overview } from './pages/Overview';

/** Most loads have no need of it. */
const Login = lazy(async () => (await import('./pages/Login')).Login, false);

const pages = {
  explore: async () => (await import('./pages/Explore')).Explore,
  dashboards: async () => (await import('./pages/Dashboards')).Dashboards,
  endpoints: async () => (await import('./pages/Endpoints')).Endpoints,
  costs: async () => (await import('./pages/Costs')).Costs,
  checks: async () => (await import('./pages/Checks')).Checks,
  alerts: async () => (await import('./pages/Alerts')).Alerts,
  data: async () => (await import('./pages/Data')).Data,
  settings: async () => (await import('./pages/Settings')).Settings,
  docs: async () => (await import('./pages/Docs')).Docs,
  welcome: async () => (await import('./pages/Welcome')).Welcome,
};

/** A shared dashboard is for people without a session: nothing else of the appliance is asked for. */
const isShared = path.peek().startsWith('/share/');
const shared = async () => (await import('./pages/Shared')).Shared;

const loaderOf = (first: string) => (Object.hasOwn(pages, first) ? pages[first as keyof typeof pages] : null);

function Page() {
  const at = path.value, first = at.split('/')[1] ?? '';
  if (at === '/') return <Overview />;
  const load = loaderOf(first);
  const whole = ['explore', 'welcome', 'costs'].includes(first);
  return load && !(whole && at !== `/${first}`) ? <Later key={first} load={load} /> : <Lost />;
}

/** Session, script and data of the page that is opened come side by side: none waits for another where it need not. */
function openAtOnce(): Promise<unknown> {
  const [, first = '', id] = path.peek().split('/');
  const load = loaderOf(first);
  if (load) void fetched(load).catch(() => undefined);
  return loadSession().then(() => { if (first === 'dashboards' && id && id !== 'new' && !loginNeeded.peek()) askAhead(`/api/app/dashboards/${id}`); });
}

/** A browser that was never here starts where a metric is sent; that happens once. */
function firstVisit(): void {
  const here = session.value;
  if (path.value !== '/' || !here || here.password_set || recall('welcomed')) return;
  remember('welcomed', '1');
  navigate('/welcome', true);
}

/** What the address says is not asked for at once. */
const laterMs = 1500;

function App() {
  const trouble = useSignal<{ message: string; hint: string } | null>(null);
  const begin = async (): Promise<void> => {
    try {
      const asked = first ?? loadSession();
      first = null;
      await asked;
      trouble.value = null;
    } catch (error) {
      trouble.value = explain(error);
      window.setTimeout(() => void begin(), 3000);
    }
  };
  useEffect(() => { void begin(); }, []);
  const known = session.value !== null, locked = loginNeeded.value;
  useEffect(() => {
    if (!known || locked) return stopLive();
    firstVisit();
    startLive();
    void loadAlarms();
    fetchSoon(Object.values(pages));
    window.setTimeout(() => void instantRange().then((name) => { firstPreset.value = name; }), search.peek().has('range') ? laterMs : 0);
  }, [known, locked]);
  if (!known) return trouble.value ? <div class="bare"><Trouble error={trouble.value} retry={() => void begin()} /></div> : null;
  if (locked || path.value === '/login') return <Login />;
  return <><Page /><Overlays /><UndoBar /></>;
}

startVisible();
startTheme();
startRouter();
if (!isShared) {
  startKeys();
  watchConnection();
  watchAlarms();
}
let first = isShared ? null : openAtOnce();
first?.catch(() => undefined);
render(isShared ? <Later load={shared} /> : <App />, document.getElementById('app')!);
