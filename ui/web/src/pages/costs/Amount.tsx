import { exact, toPlaces, type Nano } from './money';

const places = (text: string): number => text.length - text.indexOf('.') - 1;

/** How many places the longest of a column has. */
export const widest = (amounts: readonly Nano[]): number => Math.max(2, ...amounts.map((amount) => places(exact(amount))));

/** An amount of a column: all digits, as many as the longest has, those below a cent fainter. */
export function Amount({ amount, width }: { amount: Nano; width: number }) {
  const text = toPlaces(amount, width), cents = text.length - width + 2;
  return <>{text.slice(0, cents)}{width > 2 && <span class="below-cents">{text.slice(cents)}</span>}</>;
}
