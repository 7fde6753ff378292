import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { api, ApiError, explain } from '../lib/api';
import { durationMs, lasting } from '../lib/format';
import type { Matrix } from '../lib/frames';
import { useTitle } from '../lib/hooks';
import { flipTheme } from '../lib/prefs';
import { ends, unzoom } from '../lib/range';
import { path, setSearch } from '../lib/router';
import { Icon, Mark } from '../parts/icons';
import { Trouble } from '../parts/Sentence';
import { Until } from '../parts/Time';
import { Board } from './dashboards/Board';
import { wholePanel, type PanelModel } from './dashboards/model';
import type { View } from './dashboards/panels/data';
import { everyMsOf } from './dashboards/view';

interface SharedDashboard {
  title: string;
  description: string;
  panels: Partial<PanelModel>[];
  variables: { label: string; text: string }[];
  range: string;
  from_ms: number | null;
  to_ms: number | null;
  refresh: string;
  expires_ms: number;
}

const root = (token: string): string => `/api/share/${encodeURIComponent(token)}`;

/** Each panel asks for its own stored expression; there is no other way in. */
function viewOf(token: string, shared: SharedDashboard): View {
  const everyMs = everyMsOf(shared.refresh) ?? 15_000;
  return {
    values: {}, marks: [], everyMs, rangeMs: shared.from_ms !== null && shared.to_ms !== null ? shared.to_ms - shared.from_ms : durationMs(shared.range),
    source: (panel, query) => ({ startS, endS, stepS }, abort) =>
      api<Matrix>(`${root(token)}/query?${new URLSearchParams({ panel, query: String(query), from: String(startS), to: String(endS), step: String(stepS) })}`, { signal: abort }),
  };
}

/** The link shows its own time; a person may zoom into it and back. */
function useItsRange(shared: SharedDashboard | null): void {
  useEffect(() => {
    if (!shared || ends.peek()) return;
    setSearch(shared.from_ms !== null && shared.to_ms !== null ? { range: null, from: String(shared.from_ms), to: String(shared.to_ms) } : { range: null, from: `now-${shared.range}`, to: 'now' });
  }, [shared]);
}

function useEscape(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => { if (event.key === 'Escape' && !event.defaultPrevented) unzoom(); };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

function Gone() {
  return (
    <main class="bare gone" id="main">
      <Mark size={44} /><h1>This link shows nothing any more</h1>
      <p>It ended, was taken back, or was not copied whole. Ask whoever sent it for a new one.</p>
    </main>
  );
}

/** A dashboard for whoever has the link: to read, until it ends. No session, no shell. */
export function Shared() {
  const token = decodeURIComponent(path.value.split('/')[2] ?? '');
  const shared = useSignal<SharedDashboard | null>(null), error = useSignal<unknown>(null);
  const load = (): void => void api<SharedDashboard>(root(token)).then((found) => { shared.value = found; error.value = null; }, (cause: unknown) => { error.value = cause; });
  const now = shared.value;
  useEffect(load, [token]);
  useItsRange(now);
  useEscape();
  useTitle(now?.title ?? 'Shared dashboard');
  const view = useMemo(() => now && viewOf(token, now), [now, token]);
  if (error.value instanceof ApiError && error.value.status === 404) return <Gone />;
  if (!now || !view) return <main class="bare" id="main">{error.value ? <Trouble error={explain(error.value)} retry={load} /> : null}</main>;
  const left = now.expires_ms - Date.now();
  return (
    <div class="shared">
      <header>
        <Mark /><h1>{now.title}</h1>
        {now.variables.map(({ label, text }) => <span class="mut" key={label}>{label}: {text}</span>)}
        <span class="grow" />
        <span class="mut small-text">read-only, <Until ms={now.expires_ms}>ends in {lasting(left)}</Until></span>
        <button type="button" class="icon-button" aria-label="Light or dark" title="Light or dark" onClick={flipTheme}><Icon name="theme" /></button>
      </header>
      <main id="main" tabIndex={-1}>
        {now.description && <p class="hint">{now.description}</p>}
        {ends.value ? <Board panels={now.panels.map(wholePanel)} view={view} /> : null}
      </main>
    </div>
  );
}
