import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Icon } from '../../parts/icons';
import { placeStyle } from './Board';
import type { Edit } from './edit';
import { columns, gapPx, heightOf, neighbour, unitsOf } from './grid';
import type { PanelModel } from './model';
import type { View } from './panels/data';
import { PanelView } from './panels/PanelView';
import { inWords } from './variables';
import { focusPanel } from './Board';

interface Drag { id: string; what: 'move' | 'resize'; from: PanelModel[]; startX: number; startY: number; moved: boolean }

interface EditBoardProps {
  edit: Edit;
  view: View;
  open: string | null;
  choose: (id: string) => void;
  dropped: (panel: PanelModel) => void;
}

const edgePx = 60;

/** Near the edge of the window the page moves along. */
function scrollAlong(y: number): void {
  if (y > window.innerHeight - edgePx) window.scrollBy(0, 16);
  else if (y < edgePx + 52) window.scrollBy(0, -16);
}

/** The panels to arrange: drag by the header, resize by the corner, or with the arrow keys. */
export function EditBoard({ edit, view, open, choose, dropped }: EditBoardProps) {
  const grid = useRef<HTMLDivElement>(null), drag = useRef<Drag | null>(null), held = useSignal<string | null>(null);
  const { panels } = edit.draft;
  const begin = (event: PointerEvent, panel: PanelModel, what: Drag['what']): void => {
    if (event.button !== 0 || (what === 'move' && (event.target as Element).closest('button, a, input'))) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    drag.current = { id: panel.id, what, from: panels, startX: event.pageX, startY: event.pageY, moved: false };
    event.preventDefault();
    focusPanel(grid.current, panel.id);
  };
  const move = (event: PointerEvent): void => {
    const now = drag.current, width = grid.current?.clientWidth ?? 0;
    if (!now) return;
    scrollAlong(event.clientY);
    const by = unitsOf(event.pageX - now.startX, event.pageY - now.startY, (width - gapPx * (columns - 1)) / columns);
    const { grid: start } = now.from.find(({ id }) => id === now.id)!;
    if (!now.moved && Math.abs(event.pageX - now.startX) + Math.abs(event.pageY - now.startY) < 5) return;
    now.moved = true;
    held.value = now.id;
    const place = now.what === 'move' ? { ...start, x: start.x + by.dx, y: start.y + by.dy } : { ...start, w: Math.min(columns - start.x, start.w + by.dx), h: start.h + by.dy };
    edit.place(now.from, now.id, place);
  };
  const end = (isClick: boolean): void => {
    const now = drag.current;
    drag.current = null;
    held.value = null;
    edit.settle();
    if (now && !now.moved && isClick && now.what === 'move') choose(now.id);
  };
  const pressed = (event: KeyboardEvent, panel: PanelModel): void => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    const dx = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0, dy = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (dx || dy) { if (event.shiftKey) edit.grow(panel.id, dx, dy); else edit.nudge(panel.id, dx, dy); }
    else if (event.key === 'Enter') choose(panel.id);
    else if (event.key === 'Delete' || event.key === 'Backspace') { focusPanel(grid.current, neighbour(panels, panel.id, 'ArrowRight') ?? neighbour(panels, panel.id, 'ArrowUp')); dropped(panel); }
    else return;
    event.preventDefault();
  };
  const handlers = { onPointerMove: move, onPointerUp: () => end(true), onPointerCancel: () => end(false) };
  return (
    <div class="panels editing" ref={grid} style={{ '--rows': String(heightOf(panels) + 3) }}>
      {panels.map((panel) => (
        <article key={panel.id} class={`panel${held.value === panel.id ? ' held' : ''}${open === panel.id ? ' open' : ''}`} data-panel={panel.id} tabIndex={0} style={placeStyle(panel.grid)}
          aria-label={`${inWords(panel.title, view.values) || 'Untitled'}, column ${panel.grid.x + 1}, row ${panel.grid.y + 1}, ${panel.grid.w} wide, ${panel.grid.h} high`}
          aria-describedby="edit-help" onKeyDown={(event) => pressed(event, panel)}>
          <div class="grab" onPointerDown={(event) => begin(event, panel, 'move')} {...handlers} />
          <PanelView panel={panel} view={view} own={[{ name: 'Duplicate', run: () => choose(edit.copyPanel(panel.id)) }, { name: 'Delete', run: () => dropped(panel) }]}>
            <button type="button" class="icon-button more-button" aria-label={`Edit ${panel.title || 'Untitled'}`} title="Edit (Enter)" onClick={() => choose(panel.id)}><Icon name="settings" /></button>
          </PanelView>
          <span class="corner" aria-hidden="true" onPointerDown={(event) => begin(event, panel, 'resize')} {...handlers} />
        </article>
      ))}
      <span class="unseen" id="edit-help">Arrow keys move it, with Shift they change its size, Enter edits it, Delete takes it away.</span>
    </div>
  );
}

