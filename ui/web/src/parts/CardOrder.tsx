import type { Sorting } from '../lib/sorting';

interface CardOrderProps { columns: { id: string; name: string; up?: boolean; unsorted?: boolean }[]; sorting: Sorting; set: (sorting: Sorting) => void }

/** What cards are sorted by, which have no header to say it. */
export function CardOrder({ columns, sorting: { by, up }, set }: CardOrderProps) {
  const choose = (id: string): void => set({ by: id, up: columns.find((column) => column.id === id)?.up ?? false });
  return (
    <p class="card-order">
      <label><span>Sorted by</span><select class="pill" value={by} onChange={(event) => choose(event.currentTarget.value)}>{columns.filter(({ unsorted }) => !unsorted).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
      <button type="button" class="pill" aria-label={up ? 'Ascending; turn it round' : 'Descending; turn it round'} onClick={() => set({ by, up: !up })}>{up ? '↑' : '↓'}</button>
    </p>
  );
}
