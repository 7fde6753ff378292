import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { navigate } from '../../lib/router';
import type { Choice } from '../../parts/Menu';
import { compact, inReadingOrder, neighbour } from './grid';
import type { PanelModel } from './model';
import type { View } from './panels/data';
import { exploreLink, PanelView } from './panels/PanelView';
import { inWords } from './variables';

export const placeStyle = ({ x, y, w, h }: PanelModel['grid']): Record<string, string> =>
  ({ '--x': String(x + 1), '--y': String(y + 1), '--w': String(w), '--h': String(h) });

interface BoardProps {
  panels: PanelModel[];
  view: View;
  board?: { current: HTMLDivElement | null };
  own?: (panel: PanelModel) => Choice[];
  children?: ComponentChildren;
}

export const focusPanel = (board: HTMLElement | null, id: string | null): void =>
  board?.querySelector<HTMLElement>(`[data-panel="${CSS.escape(id ?? '')}"]`)?.focus();

/** The panels of a dashboard to look at: arrows move the focus, Enter opens one in Explore. */
export function Board({ panels, view, board, own, children }: BoardProps) {
  const mine = useRef<HTMLDivElement>(null), root = board ?? mine;
  const laid = compact(panels);
  const pressed = (event: KeyboardEvent, panel: PanelModel): void => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === 'Enter' && !view.source && panel.queries.length) navigate(exploreLink(panel, view));
    else if (event.key.startsWith('Arrow')) focusPanel(root.current, neighbour(laid, panel.id, event.key));
    else return;
    event.preventDefault();
  };
  return (
    <div class="board" ref={root}>
      {children}
      <div class="panels">
        {inReadingOrder(laid).map((panel) => (
          <article key={panel.id} class="panel" data-panel={panel.id} tabIndex={0} aria-label={inWords(panel.title, view.values) || 'Untitled'} style={placeStyle(panel.grid)} onKeyDown={(event) => pressed(event, panel)}>
            <PanelView panel={panel} view={view} {...(own ? { own: own(panel) } : {})} />
          </article>
        ))}
      </div>
    </div>
  );
}
