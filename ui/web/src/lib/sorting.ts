/** The column that a table is sorted by, as its address writes it: `p95.down`. */
export interface Sorting {
  by: string;
  up: boolean;
}

export function readSorting(text: string | null, usual: Sorting, known: string[]): Sorting {
  const [by = '', way] = (text ?? '').split('.');
  return known.includes(by) && (way === 'up' || way === 'down') ? { by, up: way === 'up' } : usual;
}

export const sortingText = ({ by, up }: Sorting): string => `${by}.${up ? 'up' : 'down'}`;

type Key = string | number | null | undefined;

/** Texts by letter and numbers by size; what is not known stays last, whichever way. */
function compare(a: Key, b: Key, up: boolean): number {
  const noA = a == null || Number.isNaN(a), noB = b == null || Number.isNaN(b);
  if (noA || noB) return Number(noA) - Number(noB);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
  return up ? order : -order;
}

export function sorted<Row>(rows: Row[], key: (row: Row) => Key, up: boolean): Row[] {
  return rows.map((row) => ({ row, key: key(row) })).sort((a, b) => compare(a.key, b.key, up)).map(({ row }) => row);
}
