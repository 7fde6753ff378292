/** The resources of /api/app/dashboards, as server/api/DASHBOARDS.md describes them. */
export type Kind = 'line' | 'area' | 'bar' | 'stat' | 'gauge' | 'table' | 'heatmap';

export const kinds: readonly [Kind, string][] = [
  ['line', 'Line'], ['area', 'Area'], ['bar', 'Bars'], ['stat', 'Number'], ['gauge', 'Level against a line'], ['table', 'Table'], ['heatmap', 'Heatmap'],
];

export interface Place { x: number; y: number; w: number; h: number }

/** `broken` says what is wrong with one that was imported and could not be read. */
export interface Query { expr: string; legend: string; broken?: string }

/** What is above (`>`) or below the value is bad. */
export interface Threshold { value: number; op: '>' | '<'; severity: 'warning' | 'critical' }

export interface PanelModel {
  id: string;
  title: string;
  kind: Kind;
  unit: string;
  queries: Query[];
  grid: Place;
  thresholds: Threshold[];
  min: number | null;
  max: number | null;
  stacked: boolean;
}

export interface Variable {
  name: string;
  label: string;
  /** Its values are those of a label of a metric … */
  metric?: string;
  label_name?: string;
  /** … or written down. */
  options?: string[];
  value: string | string[];
  all: boolean;
}

export interface Dashboard {
  id: string;
  title: string;
  description: string;
  panels: PanelModel[];
  variables: Variable[];
  range: string;
  refresh: string;
  pinned: boolean;
  version: number;
  created_ms: number;
  updated_ms: number;
  created_by: string;
  updated_by: string;
}

/** What a person edits: the rest of a dashboard is the server's. */
export type Draft = Pick<Dashboard, 'title' | 'description' | 'panels' | 'variables' | 'range' | 'refresh'>;

export interface Listed extends Omit<Dashboard, 'panels' | 'variables'> {
  shape: (Place & { kind: Kind })[];
  metrics?: string[];
}

export const emptyDraft = (title = 'New dashboard'): Draft => ({ title, description: '', panels: [], variables: [], range: '24h', refresh: 'live' });

/** What may be edited of a dashboard, with every field that an older or shorter one left out. */
export function draftOf(from: Partial<Dashboard>): Draft {
  return {
    ...emptyDraft(from.title ?? ''), description: from.description ?? '', range: from.range ?? '24h', refresh: from.refresh ?? 'live',
    panels: (from.panels ?? []).map(wholePanel), variables: (from.variables ?? []).map((variable) => ({ ...variable, label: variable.label ?? '', value: variable.value ?? '', all: variable.all ?? false })),
  };
}

export function wholePanel(panel: Partial<PanelModel>): PanelModel {
  return {
    id: panel.id ?? newId([]), title: panel.title ?? '', kind: panel.kind ?? 'line', unit: panel.unit ?? '', queries: (panel.queries ?? []).map((query) => ({ ...query, expr: query.expr ?? '', legend: query.legend ?? '' })),
    grid: panel.grid ?? { x: 0, y: 0, w: 6, h: 7 }, thresholds: (panel.thresholds ?? []).map((threshold) => ({ ...threshold, op: threshold.op ?? '>' })), min: panel.min ?? null, max: panel.max ?? null, stacked: panel.stacked ?? false,
  };
}

/** The first "p1", "p2" … that no panel has. */
export function newId(panels: readonly { id: string }[]): string {
  const taken = new Set(panels.map(({ id }) => id));
  let count = panels.length + 1;
  while (taken.has(`p${count}`)) count++;
  return `p${count}`;
}

/** How high and wide a new panel of a kind is. */
export const usualSize: Record<Kind, Pick<Place, 'w' | 'h'>> = {
  line: { w: 6, h: 7 }, area: { w: 6, h: 7 }, bar: { w: 6, h: 7 }, stat: { w: 3, h: 4 }, gauge: { w: 4, h: 4 }, table: { w: 6, h: 7 }, heatmap: { w: 6, h: 7 },
};
