import type { Unit } from '../lib/format';
import type { Op } from '../lib/types';

export interface Curve {
  name: string;
  /** A token such as "s1". */
  color: string;
  values: (number | null)[];
  width?: number;
  dashed?: boolean;
  /** The curve that the load line is about; without one, all are. */
  main?: boolean;
  /** Drawn, but not read out at the crosshair. */
  silent?: boolean;
}

/** A threshold, as it stands on the chart. */
export interface LoadLine {
  value: number;
  op: Op;
  over: boolean;
  label?: string;
  href?: string;
}

export interface Chart {
  times: number[];
  curves: Curve[];
  unit: Unit;
  fromMs: number;
  toMs: number;
  stepS: number;
  shape: 'line' | 'area' | 'bars';
  line?: LoadLine | null;
  /** Further thresholds: hairlines with their value, without a breach. */
  further?: { value: number; bad: boolean }[];
  /** Spans in ms during which an alarm was above its line. */
  episodes?: [number, number][];
  /** What happened: deploys and annotations. */
  marks?: Mark[];
  /** Highest value that the axis may end at, such as 1 for a ratio. */
  cap?: number;
  /** Bounds of the axis, where the data does not set them. */
  floor?: number;
  ceiling?: number;
  /** The curves are sums that lie upon each other, the highest first. */
  stacked?: boolean;
  /** What is normal at each time: a grey band behind all. */
  band?: { low: (number | null)[]; high: (number | null)[] } | undefined;
  /** Drawn in place of curves. */
  heat?: Heat;
  endLabels?: boolean;
  /** No axes, no padding: for small tiles. */
  bare?: boolean;
  yTicks?: number;
}

/** How many fell between two neighbouring edges, at each time; the rows are of one height. */
export interface Heat {
  edges: number[];
  cells: (number[] | null)[];
  most: number;
}

/** Something that happened, and when; `untilMs` where it lasted. */
export interface Mark {
  id: string;
  atMs: number;
  untilMs: number | null;
  title: string;
  text: string;
  kind: 'deploy' | 'info' | 'success' | 'warning' | 'error';
  source: string;
}

export const isBelow = (op: Op): boolean => op === '<' || op === '<=';
