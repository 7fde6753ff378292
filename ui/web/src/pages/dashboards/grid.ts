import type { Place } from './model';

export const columns = 12, rowPx = 32, gapPx = 12, leastW = 2, leastH = 2, mostH = 100;

export interface Placed { id: string; grid: Place }

const overlaps = (a: Place, b: Place): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, Math.round(value)));

/** A place that lies on the grid. */
export function onGrid({ x, y, w, h }: Place): Place {
  const width = clamp(w, leastW, columns);
  return { x: clamp(x, 0, columns - width), y: Math.max(0, Math.round(y)), w: width, h: clamp(h, leastH, mostH) };
}

/** The order in which a page is read: by rows, then from the left. */
export const inReadingOrder = <T extends Placed>(panels: readonly T[]): T[] =>
  [...panels].sort((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);

const withPlace = <T extends Placed>(panel: T, grid: Place): T => ({ ...panel, grid });

function fits(place: Place, settled: readonly Placed[]): boolean {
  return !settled.some(({ grid }) => overlaps(grid, place));
}

/** As high as it can rise without passing through what is settled above it. */
function risen(place: Place, settled: readonly Placed[]): Place {
  let y = place.y;
  while (y > 0 && fits({ ...place, y: y - 1 }, settled)) y--;
  return { ...place, y };
}

function sunk(place: Place, settled: readonly Placed[]): Place {
  let y = place.y;
  while (!fits({ ...place, y }, settled)) y++;
  return { ...place, y };
}

/**
 * Lets every panel rise as far as it can, in reading order; those that would lie on others flow down. The one that is
 * held (dragged or resized) keeps its place for the others to make way for.
 */
export function compact<T extends Placed>(panels: readonly T[], held?: string): T[] {
  const first = panels.find(({ id }) => id === held);
  const settled: Placed[] = first ? [withPlace(first, onGrid(first.grid))] : [];
  const found = new Map<string, Place>(settled.map(({ id, grid }) => [id, grid]));
  for (const panel of inReadingOrder(panels)) {
    if (panel.id === held) continue;
    const place = risen(sunk(onGrid(panel.grid), settled), settled);
    settled.push({ id: panel.id, grid: place });
    found.set(panel.id, place);
  }
  return panels.map((panel) => withPlace(panel, found.get(panel.id)!));
}

/** Puts one panel at a place; the others make way, and all rise into what is free. */
export function put<T extends Placed>(panels: readonly T[], id: string, place: Place): T[] {
  const wanted = onGrid(place);
  const moved = panels.map((panel) => (panel.id === id ? withPlace(panel, wanted) : panel));
  return compact(compact(moved, id));
}

const change = <T extends Placed>(panels: readonly T[], id: string, how: (place: Place) => Place): T[] => {
  const panel = panels.find((each) => each.id === id);
  return panel ? put(panels, id, how(panel.grid)) : [...panels];
};

/** By so many columns and rows. Down or up it changes places with its neighbour, since there is no empty row to rest in. */
export function nudge<T extends Placed>(panels: readonly T[], id: string, dx: number, dy: number): T[] {
  const panel = panels.find((each) => each.id === id);
  if (!panel) return [...panels];
  if (dy === 0) return put(panels, id, { ...panel.grid, x: panel.grid.x + dx });
  const before = panel.grid;
  for (let rows = 1; rows <= mostH; rows++) {
    const next = put(panels, id, { ...before, y: before.y + Math.sign(dy) * rows });
    if (next.find((each) => each.id === id)!.grid.y !== before.y) return next;
  }
  return [...panels];
}

export const grow = <T extends Placed>(panels: readonly T[], id: string, dw: number, dh: number): T[] =>
  change(panels, id, (place) => ({ ...place, w: Math.min(columns - place.x, place.w + dw), h: place.h + dh }));

/** Where a new panel of this size goes: the first room from the top, else below all. */
export function freePlace(panels: readonly Placed[], size: Pick<Place, 'w' | 'h'>): Place {
  const foot = heightOf(panels);
  for (let y = 0; y <= foot; y++)
    for (let x = 0; x + size.w <= columns; x++)
      if (fits({ x, y, ...size }, panels)) return { x, y, ...size };
  return { x: 0, y: foot, ...size };
}

/** Rows in all. */
export const heightOf = (panels: readonly Placed[]): number => panels.reduce((rows, { grid }) => Math.max(rows, grid.y + grid.h), 0);

/** The whole grid units that a distance in pixels comes to. */
export const unitsOf = (dx: number, dy: number, columnPx: number): { dx: number; dy: number } =>
  ({ dx: Math.round(dx / (columnPx + gapPx)), dy: Math.round(dy / (rowPx + gapPx)) });

/** The nearest panel in a direction, for the arrow keys. */
export function neighbour(panels: readonly Placed[], id: string, key: string): string | null {
  const from = panels.find((panel) => panel.id === id)?.grid;
  if (!from) return inReadingOrder(panels)[0]?.id ?? null;
  const middle = (place: Place): [number, number] => [place.x + place.w / 2, place.y + place.h / 2];
  const [x, y] = middle(from);
  let best: string | null = null, least = Infinity;
  for (const { id: other, grid } of panels) {
    const [ox, oy] = middle(grid);
    const [along, across] = key === 'ArrowLeft' ? [x - ox, y - oy] : key === 'ArrowRight' ? [ox - x, y - oy] : key === 'ArrowUp' ? [y - oy, x - ox] : [oy - y, x - ox];
    const away = along + Math.abs(across) * 2;
    if (other !== id && along > 0 && away < least) { best = other; least = away; }
  }
  return best;
}
