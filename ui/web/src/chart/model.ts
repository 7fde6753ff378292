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
  /** Spans in ms during which an alarm was above its line. */
  episodes?: [number, number][];
  /** Deploys: when, and which version. */
  deploys?: Deploy[];
  /** Highest value that the axis may end at, such as 1 for a ratio. */
  cap?: number;
  endLabels?: boolean;
  /** No axes, no padding: for small tiles. */
  bare?: boolean;
  yTicks?: number;
}

export interface Deploy {
  atMs: number;
  version: string;
}

export const isBelow = (op: Op): boolean => op === '<' || op === '<=';
