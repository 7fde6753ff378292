import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { can, explain, needs } from '../../lib/api';
import { loadPinned } from '../../lib/pinned';
import { useList } from '../../lib/hooks';
import { guardLeaving } from '../../lib/router';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { Menu } from '../../parts/Menu';
import { Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { focusPanel } from './Board';
import { useEdit, type Edit } from './edit';
import { EditBoard } from './EditBoard';
import { kinds, type Dashboard, type Draft, type PanelModel } from './model';
import { PanelEditor } from './PanelEditor';
import { Settings } from './Settings';
import { conflictIn, load, save } from './store';
import { VariableBar } from './VariableBar';
import { VariableEditor } from './VariableEditor';
import { useOwnRange, useView } from './view';

/** What is sent: variables without a name, and lines that are empty, were never finished. */
const finished = (draft: Draft): Draft => ({
  ...draft, title: draft.title.trim() || 'Untitled',
  panels: draft.panels.map((panel) => ({ ...panel, queries: panel.queries.filter(({ expr }) => expr.trim() !== '') })),
  variables: draft.variables.filter(({ name }) => name !== '').map((variable) => ({ ...variable, ...(variable.options ? { options: variable.options.filter((option) => option !== '') } : {}) })),
});

interface Saving { busy: boolean; error: { message: string; hint: string } | null; conflict: string | null }

function useSaving(edit: Edit, from: Dashboard | null, saved: (dashboard: Dashboard) => void) {
  const state = useSignal<Saving>({ busy: false, error: null, conflict: null });
  const run = async (asCopy = false): Promise<void> => {
    if (state.value.busy || !can('edit')) return;
    state.value = { busy: true, error: null, conflict: null };
    try {
      const draft = finished(asCopy ? { ...edit.draft, title: `${edit.draft.title} (copy)` } : edit.draft);
      const dashboard = await save(draft, asCopy ? null : from);
      void loadPinned();
      guardLeaving(null);
      saved(dashboard);
    } catch (cause) {
      const conflict = conflictIn(cause);
      state.value = { busy: false, error: conflict ? null : explain(cause), conflict };
    }
  };
  return { ...state.value, run };
}

function useGuard(edit: Edit): void {
  const changed = useRef(false);
  changed.current = edit.changed;
  useEffect(() => {
    guardLeaving(() => !changed.current || window.confirm('This dashboard is changed and not saved. Leave it?'));
    const unload = (event: BeforeUnloadEvent): void => { if (changed.current) event.preventDefault(); };
    window.addEventListener('beforeunload', unload);
    return () => { guardLeaving(null); window.removeEventListener('beforeunload', unload); };
  }, []);
}

function useEditKeys(edit: Edit, run: () => void): void {
  const my = useRef({ edit, run });
  my.current = { edit, run };
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey) return;
      const key = event.key.toLowerCase(), inText = (event.target as Element | null)?.closest('input, textarea');
      if (key === 's') my.current.run();
      else if (key === 'z' && !inText) { if (event.shiftKey) my.current.edit.redo(); else my.current.edit.undo(); }
      else if (key === 'y' && !inText) my.current.edit.redo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

function Conflict({ message, copy, theirs }: { message: string; copy: () => void; theirs: () => void }) {
  return (
    <div class="trouble conflict" role="alert">
      <p>{message} Keep yours as a copy, or load what is there.</p>
      <button type="button" class="btn small" onClick={copy}>Keep mine as a copy</button><button type="button" class="btn small" onClick={theirs}>Load what is there</button>
    </div>
  );
}

type Open = { panel: string } | 'variables' | 'settings' | null;

interface EditPageProps { first: Draft; from: Dashboard | null; saved: (dashboard: Dashboard) => void; reloaded?: (dashboard: Dashboard) => void }

/** A dashboard while it is changed: a draft, until it is saved. */
export function EditPage({ first, from, saved, reloaded }: EditPageProps) {
  const edit = useEdit(first), saving = useSaving(edit, from, saved), open = useSignal<Open>(null), gone = useSignal('');
  const metrics = useList<Metric>('/api/app/metrics', 0).data ?? [];
  const { view, values, options } = useView(edit.draft);
  useOwnRange(edit.draft.range);
  useGuard(edit);
  useEditKeys(edit, () => void saving.run());
  const { draft } = edit, shown = open.value;
  const panel = shown !== null && typeof shown === 'object' ? draft.panels.find(({ id }) => id === shown.panel) : undefined;
  const choose = (id: string): void => {
    open.value = { panel: id };
    window.setTimeout(() => document.querySelector(`[data-panel="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'nearest' }));
  };
  const shut = (): void => {
    const before = open.value;
    open.value = null;
    if (before !== null && typeof before === 'object') window.setTimeout(() => focusPanel(document.body, before.panel));
  };
  const dropped = (each: PanelModel): void => {
    if (panel?.id === each.id) open.value = null;
    edit.dropPanel(each.id);
    gone.value = each.title || 'Untitled';
    window.setTimeout(() => { gone.value = ''; }, 10_000);
  };
  const loadTheirs = async (): Promise<void> => {
    const dashboard = await load(from!.id);
    reloaded?.(dashboard);
  };
  const back = from ? `/dashboards/${from.id}` : '/dashboards';
  const actions = (
    <>
      <a class="btn ghost" href={back}>Cancel</a>
      <button type="button" class="btn primary" title="⌘S" {...needs('edit', saving.busy)} onClick={() => void saving.run()}>{saving.busy ? 'Saving' : 'Save'}</button>
    </>
  );
  return (
    <Shell title={draft.title || 'Untitled'} parent={{ title: 'Dashboards', href: '/dashboards' }} ranged actions={actions}>
      <div class={shown ? 'with-drawer' : ''}>
        {saving.conflict && <Conflict message={saving.conflict} copy={() => void saving.run(true)} theirs={() => void loadTheirs()} />}
        {saving.error && <Trouble error={saving.error} />}
        <div class="edit-bar">
          <input class="title-field" aria-label="Title" value={draft.title} maxLength={200} onInput={(event) => edit.set({ title: event.currentTarget.value }, 'title')} />
          <Menu label="Add panel" kind="btn" choices={kinds.map(([kind, name]) => ({ name, run: () => choose(edit.addPanel(kind)) }))}><Icon name="plus" size={14} />Add panel</Menu>
          <button type="button" class="btn" onClick={() => { open.value = 'variables'; }}>Variables</button>
          <button type="button" class="btn" onClick={() => { open.value = 'settings'; }}>Settings</button>
          <button type="button" class="btn ghost" disabled={!edit.canUndo} title="⌘Z" onClick={edit.undo}>Undo</button>
          <button type="button" class="btn ghost" disabled={!edit.canRedo} title="⇧⌘Z" onClick={edit.redo}>Redo</button>
          <span class="mut small-text" role="status">{gone.value && <>{gone.value} is deleted. <button type="button" class="link" onClick={() => { edit.undo(); gone.value = ''; }}>Undo</button></>}</span>
        </div>
        <VariableBar variables={draft.variables.filter(({ name }) => name)} values={values} options={options} />
        {draft.panels.length === 0 && <p class="empty">No panels yet. Add one, and it shows here.</p>}
        <div class="board"><EditBoard edit={edit} view={view} open={panel?.id ?? null} choose={choose} dropped={dropped} /></div>
      </div>
      {panel && <PanelEditor key={panel.id} panel={panel} metrics={metrics} change={(part, about) => edit.setPanel(panel.id, part, about)} copy={() => choose(edit.copyPanel(panel.id))} drop={() => dropped(panel)} close={shut} />}
      {shown === 'variables' && <VariableEditor draft={draft} set={edit.set} close={shut} />}
      {shown === 'settings' && <Settings draft={draft} set={edit.set} close={shut} />}
    </Shell>
  );
}

