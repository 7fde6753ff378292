export interface Axis { top: number; ticks: number[]; label(value: number): string }

const steps = [1, 2, 2.5, 5, 10];

/** The cents, or more places where steps are finer; none where steps are whole dollars. */
function placesOf(step: number): number {
  if (Number.isInteger(step)) return 0;
  let places = 2;
  while (places < 9 && Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) > 1e-6) places++;
  return places;
}

/** From zero to a round number, in three or four steps. */
export function axisTo(highest: number): Axis {
  const top = Math.max(highest, 0.000001) * 1.06, raw = top / 3;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = (steps.find((each) => each * size >= raw) ?? 10) * size;
  const count = Math.ceil(top / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step);
  return { top: count * step, ticks, label: (value) => (value === 0 ? '0' : `$${value.toLocaleString('en-US', { minimumFractionDigits: placesOf(step), maximumFractionDigits: placesOf(step) })}`) };
}
