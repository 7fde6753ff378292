import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { can, needs } from '../../lib/api';
import { fileName, save as saveFile } from '../../lib/csv';
import { onKey } from '../../lib/keys';
import { navigate, search } from '../../lib/router';
import { leave } from '../../lib/undo';
import { Icon } from '../../parts/icons';
import { Menu } from '../../parts/Menu';
import { Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { Board, focusPanel } from './Board';
import type { Dashboard } from './model';
import { exported, look, pin, remove } from './store';
import { Sharing } from './Sharing';
import { VariableBar } from './VariableBar';
import { useOwnRange, useView } from './view';

export async function exportFile(id: string, title: string): Promise<void> {
  saveFile(fileName(title, 'json'), new Blob([JSON.stringify(await exported(id), null, 2)], { type: 'application/json' }));
}

const needsEdit = (): { why: string } | Record<string, never> => (can('edit') ? {} : { why: 'Needs the edit role' });

/** Fills the screen with the panels alone; again, gives it back. */
async function flipFullScreen(board: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await board?.requestFullscreen();
}

function useKeys(board: { current: HTMLDivElement | null }, dashboard: Dashboard): void {
  useLayoutEffect(() => {
    const edit = (): void => { if (can('edit')) navigate(`/dashboards/${dashboard.id}/edit${window.location.search}`); };
    const first = (): void => { if (!board.current?.contains(document.activeElement)) focusPanel(board.current, board.current?.querySelector<HTMLElement>('[data-panel]')?.dataset['panel'] ?? null); };
    const ends = [onKey('f', () => void flipFullScreen(board.current)), onKey('e', edit), onKey('ArrowDown', first), onKey('ArrowRight', first)];
    return () => ends.forEach((end) => end());
  }, [dashboard.id]);
}

/** A dashboard to look at: no more than its title, its variables, the range and the panels. */
export function ViewPage({ dashboard, changed }: { dashboard: Dashboard; changed: (dashboard: Dashboard) => void }) {
  const board = useRef<HTMLDivElement>(null), sharing = useSignal(false), error = useSignal('');
  const { view, values, options, trouble, reload } = useView(dashboard);
  useOwnRange(dashboard.range);
  useKeys(board, dashboard);
  useEffect(() => look(dashboard.id), [dashboard.id]);
  const tell = (doing: Promise<unknown>): void => void doing.catch((cause: Error) => { error.value = cause.message; });
  const flipPin = async (): Promise<void> => { await pin(dashboard.id, !dashboard.pinned); changed({ ...dashboard, pinned: !dashboard.pinned }); };
  const choices = [
    { name: 'Full screen', run: () => tell(flipFullScreen(board.current)) },
    { name: dashboard.pinned ? 'Unpin' : 'Pin to the sidebar', run: () => tell(flipPin()), ...needsEdit() },
    { name: 'Export as JSON', run: () => tell(exportFile(dashboard.id, dashboard.title)) },
    { name: 'Make a copy', run: () => navigate(`/dashboards/new?copy=${encodeURIComponent(dashboard.id)}`), ...needsEdit() },
    { name: 'Delete', run: () => { leave(dashboard.id, dashboard.title, () => remove(dashboard.id)); navigate('/dashboards'); }, ...needsEdit() },
  ];
  const actions = (
    <>
      <Menu label="More about this dashboard" choices={choices} kind="btn icon-only"><Icon name="more" /></Menu>
      <button type="button" class="btn not-phone" {...needs('edit')} onClick={() => { sharing.value = true; }}>Share</button>
      <a class="btn primary not-phone" href={`/dashboards/${dashboard.id}/edit${search.value.size ? `?${search.value}` : ''}`} {...(can('edit') ? {} : { 'aria-disabled': true, title: 'Needs the edit role', 'aria-description': 'Needs the edit role' })}>Edit</a>
    </>
  );
  return (
    <Shell title={dashboard.title} parent={{ title: 'Dashboards', href: '/dashboards' }} ranged actions={actions}>
      {error.value && <Trouble error={{ message: error.value, hint: '' }} />}
      {dashboard.description && <p class="hint">{dashboard.description}</p>}
      {trouble && <Trouble error={trouble} retry={reload} />}
      <VariableBar variables={dashboard.variables} values={values} options={options} />
      {dashboard.panels.length === 0 && <p class="empty">No panels yet. {can('edit') && <a class="link" href={`/dashboards/${dashboard.id}/edit`}>Add one</a>}</p>}
      <Board panels={dashboard.panels} view={view} board={board} />
      {sharing.value && <Sharing dashboard={dashboard} values={values} close={() => { sharing.value = false; }} />}
    </Shell>
  );
}
