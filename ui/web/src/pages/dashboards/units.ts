import type { Unit } from '../../lib/format';
import { unitOfExpr } from '../../lib/promql';
import type { PanelModel } from './model';

const known: readonly Unit['kind'][] = ['seconds', 'milliseconds', 'bytes', 'ratio', 'percent', 'usd', 'celsius', 'count'];

export const unitChoices: readonly [string, string][] = [
  ['', 'From the metric'], ['count', 'Plain number'], ['count/s', 'Number per second'], ['seconds', 'Seconds'], ['milliseconds', 'Milliseconds'], ['bytes', 'Bytes'],
  ['bytes/s', 'Bytes per second'], ['ratio', 'Share of 1, as %'], ['percent', 'Percent, 0 to 100'], ['usd', 'US dollars'], ['usd/s', 'US dollars per second'], ['celsius', '°C'],
];

/** The unit that a text such as "bytes/s" names; null for one that says nothing to us. */
export function readUnit(text: string): Unit | null {
  const perSecond = text.endsWith('/s');
  const kind = (perSecond ? text.slice(0, -2) : text) as Unit['kind'];
  if (!known.includes(kind)) return null;
  return perSecond ? { kind, perSecond } : { kind };
}

/** Windows as words would hide the shape of an expression: any length does to tell its unit. */
export const plainWindows = (expr: string): string => expr.replace(/\$(?:\{__\w+\}|__\w+)/g, '5m');

/** What a panel's numbers mean: what it says, else what its first expression tells. */
export function unitOfPanel(panel: Pick<PanelModel, 'unit' | 'queries'>): Unit {
  return readUnit(panel.unit) ?? unitOfExpr(plainWindows(panel.queries[0]?.expr ?? ''));
}
