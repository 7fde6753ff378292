/** Exact amounts of money: whole 10^-9 dollars, so that sums add up to the digit. */
export type Nano = bigint;

const places = 9;
const dollar = 1_000_000_000n;
const cent = 10_000_000n;

/** What the appliance answers (a number or a decimal text) in 10^-9 dollars; a number has at most nine places. */
export function nanoOf(value: number | string | null | undefined): Nano {
  if (value === null || value === undefined || value === '') return 0n;
  const text = typeof value === 'number' ? value.toFixed(places) : value;
  const found = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (!found) return 0n;
  const digits = BigInt(found[2]! + (found[3] ?? '').padEnd(places, '0').slice(0, places));
  return found[1] ? -digits : digits;
}

export const sumOf = (amounts: Iterable<Nano>): Nano => {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
};

const grouped = (whole: bigint): string => whole.toString().replace(/\B(?=(\d{3})+$)/g, ',');

function shown(amount: Nano, least: number): string {
  const size = amount < 0n ? -amount : amount;
  const rest = (size % dollar).toString().padStart(places, '0').replace(/0+$/, '').padEnd(least, '0');
  return `${amount < 0n ? '−' : ''}$${grouped(size / dollar)}${rest ? `.${rest}` : ''}`;
}

/** All digits, at least so many behind the point: those of a column stand below each other. */
export const toPlaces = (amount: Nano, least: number): string => shown(amount, least);

/** All digits, at least the cents: "$23.58", "$0.0123". */
export const exact = (amount: Nano): string => shown(amount, 2);

function rounded(amount: Nano, unit: bigint): Nano {
  const size = amount < 0n ? -amount : amount;
  const to = ((size + unit / 2n) / unit) * unit;
  return amount < 0n ? -to : to;
}

/** Full cents; all digits where it is less than one. */
export function inCents(amount: Nano): string {
  const size = amount < 0n ? -amount : amount;
  return size > 0n && size < cent ? exact(amount) : shown(rounded(amount, cent), 2);
}

/** A guess needs no cents: whole dollars from twenty on. */
export const about = (dollars: number): string =>
  dollars >= 20 ? shown(rounded(nanoOf(dollars), dollar), 0) : inCents(nanoOf(dollars));

/** An amount for a line or an alarm: "$50", "$50.50". */
export function lineText(dollars: number): string {
  const amount = nanoOf(dollars);
  return amount % dollar === 0n ? shown(amount, 0) : exact(amount);
}

/** How many places four significant digits of what one call costs take, at least the cents. */
export function eachPlaces(amount: Nano, calls: number): number {
  const each = calls > 0 ? Math.abs(Number(amount) / 1e9 / calls) : 0;
  return each === 0 ? 2 : Math.min(places, Math.max(2, 3 - Math.floor(Math.log10(each))));
}

/** What one call costs on average, rounded to so many places. */
export const eachOf = (amount: Nano, calls: number, digits: number): Nano => nanoOf((Number(amount) / 1e9 / calls).toFixed(digits));

/** The same as a text by itself. */
export function perCall(amount: Nano, calls: number): string {
  const digits = eachPlaces(amount, calls);
  return calls > 0 ? shown(eachOf(amount, calls, digits), digits) : '–';
}

export const asNumber = (amount: Nano): number => Number(amount) / 1e9;

/** Reads what a person typed: "$50", "50.5", "1,200". Null where it is no amount. */
export function amountIn(text: string): string | null {
  const plain = text.trim().replace(/^\$\s*/, '').replace(/,(?=\d{3}(\D|$))/g, '');
  return /^\d{1,7}(\.\d{1,9})?$/.test(plain) ? plain : null;
}
