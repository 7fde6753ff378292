import { lastValue } from '../../../lib/blocks';
import { format } from '../../../lib/format';
import { search, setSearch } from '../../../lib/router';
import { saveCsv } from '../../../lib/csv';
import { useTurn } from '../../../lib/turns';
import type { PanelModel } from '../model';
import { unitOfPanel } from '../units';
import { inWords, type Values } from '../variables';
import type { BodyProps } from './ChartBody';
import type { Row } from './data';

interface Line { key: string; labels: Record<string, string>; figures: (number | null)[] }

export interface Grid { labels: string[]; figures: string[]; lines: Line[] }

/** One line for each set of labels, with a column for each of them and for each query. */
export function gridOf(panel: PanelModel, rows: readonly Row[], index: number | null, values: Values): Grid {
  const all = new Map<string, Line>();
  for (const row of rows) {
    const { __name__: _, ...labels } = row.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    const line = all.get(key) ?? { key, labels, figures: panel.queries.map(() => null) };
    line.figures[row.query] = index === null ? lastValue(row.values) : row.values[index] ?? null;
    all.set(key, line);
  }
  const lines = [...all.values()], labels = [...new Set(lines.flatMap((line) => Object.keys(line.labels)))].sort();
  const figures = panel.queries.map(({ legend }, i) => inWords(legend.includes('{{') ? '' : legend, values) || (panel.queries.length > 1 ? `Query ${i + 1}` : 'Last'));
  return { labels, figures, lines };
}

function sorted(grid: Grid, by: string): Line[] {
  const [column, way] = by.split('.'), sign = way === 'up' ? 1 : -1;
  const at = Number(column);
  if (column !== '' && Number.isInteger(at)) return [...grid.lines].sort((a, b) => sign * ((a.figures[at] ?? -Infinity) - (b.figures[at] ?? -Infinity)));
  return [...grid.lines].sort((a, b) => sign * (a.labels[column!.slice(1)] ?? '').localeCompare(b.labels[column!.slice(1)] ?? ''));
}

const most = 200;

/** The last values as a table: sortable, and a file for a spreadsheet. */
export function TableBody({ panel, title, data, view, index }: BodyProps) {
  const rows = useTurn(data.rows), unit = unitOfPanel(panel), grid = gridOf(panel, rows, index.value, view.values);
  const name = `sort-${panel.id}`, by = search.value.get(name) ?? '0.down', lines = sorted(grid, by);
  const head = (column: string, text: string, right: boolean) => {
    const down = by === `${column}.down`, up = by === `${column}.up`;
    return (
      <th key={column} scope="col" class={right ? 'right' : ''} aria-sort={down ? 'descending' : up ? 'ascending' : undefined}>
        <button type="button" onClick={() => setSearch({ [name]: `${column}.${down || (!up && !right) ? 'up' : 'down'}` })}>{text}</button>
      </th>
    );
  };
  const download = (): void => saveCsv(title, [[...grid.labels, ...grid.figures], ...lines.map((line) => [...grid.labels.map((label) => line.labels[label] ?? ''), ...line.figures])]);
  return (
    <div class="panel-table" tabIndex={0} role="group" aria-label={`${title}, rows`}>
      <table class="table">
        <thead><tr>{grid.labels.map((label) => head(`.${label}`.replace('.', 'l'), label, false))}{grid.figures.map((figure, i) => head(String(i), figure, true))}</tr></thead>
        <tbody>{lines.slice(0, most).map((line) => (
          <tr key={line.key}>
            {grid.labels.map((label) => <td key={label} class="mono"><span class="cut">{line.labels[label] ?? '–'}</span></td>)}
            {line.figures.map((figure, i) => <td key={i} class="right num">{format(figure, unit)}</td>)}
          </tr>
        ))}</tbody>
      </table>
      <p class="list-note mut">{lines.length > most && `${lines.length - most} more rows are in the file. `}<button type="button" class="link" onClick={download}>CSV</button></p>
    </div>
  );
}
