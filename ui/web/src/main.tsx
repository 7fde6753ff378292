import { render } from 'preact';
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadAlarms, watchAlarms } from './lib/alarms';
import { explain, loadSession, loginNeeded, session } from './lib/api';
import { instantRange } from './lib/young';
import { startKeys } from './lib/keys';
import { startLive, stopLive, watchConnection } from './lib/live';
import { recall, remember, startTheme } from './lib/prefs';
import { firstPreset } from './lib/range';
import { navigate, path, startRouter } from './lib/router';
import { fetchSoon, Later } from './parts/Later';
import { Trouble } from './parts/Sentence';
import { Overlays } from './parts/Palette';
import { UndoBar } from './parts/UndoBar';
import { Lost } from './pages/Lost';
import { Login } from './pages/Login';
import { Overview } from './pages/Overview';

const pages = {
  explore: async () => (await import('./pages/Explore')).Explore,
  checks: async () => (await import('./pages/Checks')).Checks,
  alerts: async () => (await import('./pages/Alerts')).Alerts,
  data: async () => (await import('./pages/Data')).Data,
  settings: async () => (await import('./pages/Settings')).Settings,
  welcome: async () => (await import('./pages/Welcome')).Welcome,
};

function Page() {
  const at = path.value, first = at.split('/')[1] ?? '';
  if (at === '/') return <Overview />;
  const load = Object.hasOwn(pages, first) ? pages[first as keyof typeof pages] : null;
  const whole = first === 'explore' || first === 'welcome';
  return load && !(whole && at !== `/${first}`) ? <Later key={first} load={load} /> : <Lost />;
}

/** A browser that was never here starts where a metric is sent; that happens once. */
function firstVisit(): void {
  const here = session.value;
  if (path.value !== '/' || !here || here.password_set || recall('welcomed')) return;
  remember('welcomed', '1');
  navigate('/welcome', true);
}

function App() {
  const trouble = useSignal<{ message: string; hint: string } | null>(null);
  const begin = async (): Promise<void> => {
    try {
      await loadSession();
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
    void instantRange().then((name) => { firstPreset.value = name; });
  }, [known, locked]);
  useSignalEffect(() => { if (known && !loginNeeded.value && path.value === '/login') navigate('/', true); });
  if (!known) return trouble.value ? <div class="bare"><Trouble error={trouble.value} retry={() => void begin()} /></div> : null;
  if (locked || path.value === '/login') return <Login />;
  return <><Page /><Overlays /><UndoBar /></>;
}

startTheme();
startRouter();
startKeys();
watchConnection();
watchAlarms();
render(<App />, document.getElementById('app')!);
