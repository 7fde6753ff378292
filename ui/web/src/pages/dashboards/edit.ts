import { useMemo, useRef, useState } from 'preact/hooks';
import { compact, freePlace, grow, nudge, put } from './grid';
import { begin, change, redo, settle, undo, type History } from './history';
import { newId, usualSize, wholePanel, type Draft, type Kind, type PanelModel, type Place } from './model';

/** What can be done to a draft; each step can be undone. */
export interface Edit {
  draft: Draft;
  changed: boolean;
  canUndo: boolean;
  canRedo: boolean;
  set: (part: Partial<Draft>, about?: string) => void;
  setPanel: (id: string, part: Partial<PanelModel>, about?: string) => void;
  addPanel: (kind: Kind) => string;
  copyPanel: (id: string) => string;
  dropPanel: (id: string) => void;
  place: (panels: PanelModel[], id: string, place: Place) => void;
  nudge: (id: string, dx: number, dy: number) => void;
  grow: (id: string, dw: number, dh: number) => void;
  settle: () => void;
  undo: () => void;
  redo: () => void;
}

const withPanel = (draft: Draft, panel: PanelModel): Draft => ({ ...draft, panels: compact([...draft.panels, panel]) });

function fresh(draft: Draft, kind: Kind): PanelModel {
  const grid = freePlace(draft.panels, usualSize[kind]);
  return wholePanel({ id: newId(draft.panels), title: 'New panel', kind, grid, queries: [{ expr: '', legend: '' }] });
}

function copied(draft: Draft, id: string): PanelModel | null {
  const panel = draft.panels.find((each) => each.id === id);
  return panel ? { ...panel, id: newId(draft.panels), title: `${panel.title} (copy)`, grid: freePlace(draft.panels, panel.grid) } : null;
}

/** A draft with its history. */
export function useEdit(first: Draft): Edit {
  const [history, setHistory] = useState<History<Draft>>(() => begin({ ...first, panels: compact(first.panels) }));
  const [saved] = useState(history.now);
  const latest = useRef(history);
  latest.current = history;
  return useMemo((): Edit => {
    const go = (next: History<Draft>): void => { latest.current = next; setHistory(next); };
    const to = (how: (draft: Draft) => Draft, about = ''): void => go(change(latest.current, how(latest.current.now), about));
    const panels = (how: (panels: PanelModel[]) => PanelModel[], about = ''): void => to((draft) => ({ ...draft, panels: how(draft.panels) }), about);
    return {
      draft: history.now, changed: history.now !== saved, canUndo: history.past.length > 0, canRedo: history.future.length > 0,
      set: (part, about = '') => to((draft) => ({ ...draft, ...part }), about),
      setPanel: (id, part, about = '') => panels((all) => all.map((panel) => (panel.id === id ? { ...panel, ...part } : panel)), about),
      addPanel: (kind) => { const panel = fresh(latest.current.now, kind); to((draft) => withPanel(draft, panel)); return panel.id; },
      copyPanel: (id) => { const panel = copied(latest.current.now, id); if (panel) to((draft) => withPanel(draft, panel)); return panel?.id ?? id; },
      dropPanel: (id) => panels((all) => compact(all.filter((panel) => panel.id !== id))),
      place: (from, id, where) => panels(() => put(from, id, where), `place ${id}`),
      nudge: (id, dx, dy) => panels((all) => nudge(all, id, dx, dy), `nudge ${id}`),
      grow: (id, dw, dh) => panels((all) => grow(all, id, dw, dh), `grow ${id}`),
      settle: () => go(settle(latest.current)),
      undo: () => go(undo(latest.current)),
      redo: () => go(redo(latest.current)),
    };
  }, [history, saved]);
}
