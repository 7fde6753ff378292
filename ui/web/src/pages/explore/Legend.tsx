import { isBelow, type LoadLine } from '../../chart/model';
import { lastValue } from '../../lib/blocks';
import { format, type Unit } from '../../lib/format';
import { search, setSearch } from '../../lib/router';
import type { Named } from './curves';
import { Time } from '../../parts/Time';

interface LegendProps {
  named: Named[];
  times: number[];
  index: number | null;
  unit: Unit;
  line: LoadLine | null;
  wide: boolean;
}

interface Row extends Named { at: number | null; last: number | null; low: number | null; mean: number | null; high: number | null }

function rowOf(named: Named, index: number | null): Row {
  let low = Infinity, high = -Infinity, sum = 0, count = 0;
  for (const value of named.values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
    count++;
  }
  const some = (value: number): number | null => (count ? value : null);
  return { ...named, at: index === null ? null : named.values[index] ?? null, last: lastValue(named.values), low: some(low), mean: some(sum / count), high: some(high) };
}

const columns = [['at', ''], ['last', 'Last'], ['low', 'Lowest'], ['mean', 'Average'], ['high', 'Highest']] as const;
type Column = (typeof columns)[number][0];
const most = 200;

/** The series that are isolated, as the address holds them. */
export function readOnly(text: string | null): string[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(read) ? read.filter((key): key is string => typeof key === 'string') : [];
  } catch {
    return [];
  }
}

/** The series as a table that reads the crosshair; a row isolates its curve. */
export function Legend({ named, times, index, unit, line, wide }: LegendProps) {
  const only = readOnly(search.value.get('only'));
  const [sort, down] = (search.value.get('sort') ?? 'last.down').split('.') as [Column, string?];
  const rows = named.map((each) => rowOf(each, index)).sort((a, b) => ((b[sort] ?? -Infinity) - (a[sort] ?? -Infinity)) * (down === 'up' ? -1 : 1));
  const at = index === null ? 'At crosshair' : <>At <Time ms={times[index]! * 1000} as={times[1]! - times[0]! < 60 ? 'clock' : 'date'} /></>;
  const past = (value: number | null): boolean => line !== null && value !== null && (isBelow(line.op) ? value < line.value : value > line.value);
  const isolate = (key: string, more: boolean): void => {
    const next = only.includes(key) ? (more ? only.filter((other) => other !== key) : []) : more ? [...only, key] : [key];
    setSearch({ only: next.length ? JSON.stringify(next) : null });
  };
  return (
    <div class={`card legend-card${wide ? ' wide' : ''}`}>
      <table class="table">
        <thead><tr><th scope="col">Series</th>{columns.map(([column, name]) => (
          <th scope="col" key={column} class={`right${column === 'low' || column === 'mean' || column === 'at' ? ' not-phone' : ''}`} aria-sort={sort === column ? (down === 'up' ? 'ascending' : 'descending') : undefined}>
            <button type="button" onClick={() => setSearch({ sort: `${column}.${sort === column && down !== 'up' ? 'up' : 'down'}` })}>{name || at}</button>
          </th>
        ))}</tr></thead>
        <tbody>{rows.slice(0, most).map((row) => (
          <tr key={row.key} class={only.length > 0 && !only.includes(row.key) ? 'dim' : ''}>
            <td class="series"><button type="button" aria-pressed={only.includes(row.key)} title="Shows this one; with ⇧ one more" onClick={(event) => isolate(row.key, event.shiftKey)}>
              <i class="swatch" aria-hidden="true" style={{ background: row.color ? `var(--${row.color})` : 'var(--border-2)' }} /><span class="mono">{row.name}</span></button></td>
            {columns.map(([column]) => (
              <td key={column} class={`right num${column === 'low' || column === 'mean' ? ' mut not-phone' : column === 'at' ? ' not-phone' : ''}${column === 'last' && past(row.last) ? ' bad-text' : ''}`}>{format(row[column], unit)}</td>
            ))}
          </tr>
        ))}</tbody>
      </table>
      {rows.length > most && <p class="mut list-note">{rows.length - most} more series. Filter or group them.</p>}
    </div>
  );
}
