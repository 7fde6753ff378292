import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { api, explain, type Page } from '../lib/api';
import { preset } from '../lib/range';
import { navigate, path, search } from '../lib/router';
import type { Metric } from '../lib/types';
import { Trouble } from '../parts/Sentence';
import { Shell } from '../parts/Shell';
import { EditPage } from './dashboards/EditPage';
import { useLate } from './dashboards/panels/hooks';
import { ListPage } from './dashboards/ListPage';
import { draftOf, emptyDraft, type Dashboard, type Draft } from './dashboards/model';
import { load, loaded } from './dashboards/store';
import { templatesFor } from './dashboards/templates';
import { ViewPage } from './dashboards/ViewPage';

/** What a new dashboard begins with: nothing, a template, or another one. */
async function firstDraft(from: URLSearchParams): Promise<Draft> {
  const copy = from.get('copy'), template = from.get('template');
  if (copy) {
    const dashboard = await load(copy);
    return { ...draftOf(dashboard), title: `${dashboard.title} (copy)` };
  }
  const range = preset.peek() ?? '24h';
  if (!template) return { ...emptyDraft(), range };
  const { items } = await api<Page<Metric>>('/api/app/metrics');
  return { ...(templatesFor(items).find(({ id }) => id === template)?.draft ?? emptyDraft()), range };
}

/** What was chosen while it was changed stays: the range and the variables. */
function atItsRange(id: string): string {
  const kept = new URLSearchParams(search.peek());
  for (const name of ['copy', 'template']) kept.delete(name);
  return `/dashboards/${id}${kept.size ? `?${kept}` : ''}`;
}

const parent = { title: 'Dashboards', href: '/dashboards' };

function New() {
  const draft = useSignal<Draft | null>(null), error = useSignal<{ message: string; hint: string } | null>(null);
  const begin = (): void => void firstDraft(search.peek()).then((first) => { draft.value = first; error.value = null; }, (cause: unknown) => { error.value = explain(cause); });
  useEffect(begin, []);
  if (!draft.value) return <Shell title="New dashboard" parent={parent}>{error.value && <Trouble error={error.value} retry={begin} />}</Shell>;
  return <EditPage first={draft.value} from={null} saved={({ id }) => navigate(atItsRange(id))} />;
}

/** A dashboard comes with its page: only one that takes longer is waited for in an empty frame. */
const shellMs = 100;

function One({ id, editing }: { id: string; editing: boolean }) {
  const known = useMemo(() => loaded(id), [id]), dashboard = useSignal<Dashboard | null>(known), error = useSignal<{ message: string; hint: string } | null>(null);
  const begin = (): void => void load(id).then((found) => { dashboard.value = found; error.value = null; }, (cause: unknown) => { error.value = explain(cause); });
  useEffect(() => { if (!known) begin(); }, []);
  const now = dashboard.value;
  const isLate = useLate(!now, shellMs);
  if (!now && !error.value && !isLate) return null;
  if (!now) return <Shell title="Dashboard" parent={parent}>{error.value && <Trouble error={error.value} retry={begin} />}</Shell>;
  if (!editing) return <ViewPage dashboard={now} changed={(next) => { dashboard.value = next; }} />;
  return <EditPage key={now.version} first={draftOf(now)} from={now} reloaded={(next) => { dashboard.value = next; }} saved={(next) => {
    if (next.id === now.id) dashboard.value = next;
    navigate(atItsRange(next.id));
  }} />;
}

/** Dashboards: the list, one to look at, and one to change. */
export function Dashboards() {
  const [, , id, part] = path.value.split('/');
  if (!id) return <ListPage />;
  if (id === 'new') return <New />;
  return <One key={id} id={decodeURIComponent(id)} editing={part === 'edit'} />;
}
