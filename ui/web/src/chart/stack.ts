import type { Curve } from './model';

/** Curves laid upon each other, the highest first: each is the sum of itself and those that follow. */
export function stack(curves: readonly Curve[]): Curve[] {
  const length = curves[0]?.values.length ?? 0;
  const known = Array.from({ length }, (_, i) => curves.some(({ values }) => values[i] != null));
  let below: number[] = new Array<number>(length).fill(0);
  const sums = [...curves].reverse().map((curve) => {
    below = below.map((sum, i) => sum + (curve.values[i] ?? 0));
    return { ...curve, values: below.map((sum, i) => (known[i] ? sum : null)) };
  }).reverse();
  return sums.map((curve, i) => ({ ...curve, main: i === 0 }));
}
