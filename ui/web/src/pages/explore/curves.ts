import { colorsFor, restColor } from '../../chart/colors';
import type { Curve } from '../../chart/model';
import { lastValue } from '../../lib/blocks';
import type { Frame } from '../../lib/frames';
import { additive, shortNames, type Phrase } from '../../lib/promql';

export interface Named {
  key: string;
  name: string;
  labels: Record<string, string>;
  /** A token, or null for one that is not drawn on its own. */
  color: string | null;
  values: (number | null)[];
}

const most = 7, faintMost = 40;

const weight = (values: (number | null)[]): number => values.reduce<number>((top, value) => (value !== null && value > top ? value : top), -Infinity);

function restSum(rest: Named[], length: number): Curve {
  const values = Array.from({ length }, (_, i) => rest.reduce<number | null>((sum, { values: each }) => (each[i] == null ? sum : (sum ?? 0) + each[i]!), null));
  return { name: `${rest.length} others`, color: restColor, values };
}

/** The curves to draw: the top ones in colour, the rest as one sum where that means something, else faintly. */
export function curvesOf(frame: Frame | undefined, phrase: Phrase | null, only: readonly string[]): { named: Named[]; curves: Curve[] } {
  if (!frame?.series.length) return { named: [], curves: [] };
  const names = shortNames(frame.series.map(({ labels }) => labels), phrase?.metric ?? 'value');
  const all: Named[] = frame.series.map(({ labels, values }, i) => ({ key: JSON.stringify(labels), name: names[i]!, labels, color: null, values }))
    .sort((a, b) => (lastValue(b.values) ?? -Infinity) - (lastValue(a.values) ?? -Infinity) || weight(b.values) - weight(a.values));
  const top = all.length <= most + 1 ? all : all.slice(0, most);
  colorsFor(top.map(({ name }) => name)).forEach((color, i) => { top[i]!.color = color; });
  const isolated = all.filter(({ key }) => only.includes(key));
  if (isolated.length) {
    if (isolated.some(({ color }) => color === null)) colorsFor(isolated.map(({ name }) => name)).forEach((color, i) => { isolated[i]!.color = color; });
    return { named: all, curves: isolated.map(curveOf).reverse() };
  }
  const curves = top.map(curveOf).reverse();
  const rest = all.slice(top.length);
  if (rest.length && phrase && additive(phrase.fn)) curves.unshift(restSum(rest, frame.times.length));
  else curves.unshift(...rest.slice(0, faintMost).map((named) => ({ name: named.name, color: 'border-2', values: named.values, width: 1, silent: true })));
  return { named: all, curves };
}

const curveOf = ({ name, color, values }: Named): Curve => ({ name, color: color ?? restColor, values });

/** Sums of curves that lie upon each other, the highest first. */
export function stacked(curves: Curve[]): Curve[] {
  const sums: Curve[] = [];
  for (const curve of curves) {
    const below = sums[0]?.values;
    sums.unshift({ ...curve, values: curve.values.map((value, i) => (value === null && below?.[i] == null ? null : (value ?? 0) + (below?.[i] ?? 0))) });
  }
  return sums;
}
