import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { saveCsv } from '../lib/csv';
import { plural } from '../lib/format';
import { navigate, search, setSearch } from '../lib/router';
import { readSorting, sorted, sortingText, type Sorting } from '../lib/sorting';
import { CardOrder } from './CardOrder';
import { useTableKeys } from './tableKeys';
import { useIsNarrow, useWindow, virtualFrom } from './tableWindow';

export interface Column<Row> {
  /** In the address and unique in the table. */
  id: string;
  name: string;
  /** What is sorted by, and stands in the CSV unless `file` says otherwise. */
  value: (row: Row) => string | number | null;
  file?: (row: Row) => string | number | null;
  /** Its name in the CSV; where that is empty it is not there. */
  filedAs?: string;
  /** What is shown, if not the value; null reads as –. */
  cell?: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  right?: boolean;
  class?: string;
  /** Which way the first click sorts: the largest first unless told. Texts begin with A. */
  up?: boolean;
  /** Not to be sorted by, and not in the CSV. */
  unsorted?: boolean;
  /** Stands in the CSV alone; the table may be sorted by it as long as nobody chose a column. */
  filed?: boolean;
  /** The name is for readers alone. */
  unseen?: boolean;
  /** Stands in the header instead of the name, where it is not sorted by. */
  head?: ComponentChildren;
  /** At the foot, below the rows; of the first column it says what the sums are of. */
  sum?: ComponentChildren;
  title?: string;
}

interface TableProps<Row> {
  /** What the table holds, for readers and, unless `file` says another, as the name of the CSV file. */
  name: string;
  file?: string;
  columns: Column<Row>[];
  /** Null while they are not known. */
  rows: Row[] | null;
  rowKey: (row: Row) => string;
  /** Where a row leads: the first column carries the link. */
  href?: (row: Row) => string;
  usual: Sorting;
  /** The parameter of the address that keeps the order; tables that share a page need one each. */
  param?: string;
  /** A row as a card, on a phone or where the window is at most `cardsToPx` wide. */
  card?: (row: Row) => ComponentChildren;
  cardsToPx?: number;
  /** Below the cards, where columns have sums. */
  sumCard?: ComponentChildren;
  /** Takes j and k; one table of a page may. */
  keys?: boolean;
  /** Rows of two lines. */
  tall?: boolean;
  rowClass?: (row: Row) => string;
  /** What stands below a row that is open; null below the others. */
  under?: (row: Row) => ComponentChildren;
  /** In the place of the header while rows are ticked. */
  bulk?: ComponentChildren;
  note?: ComponentChildren;
}

/** So many cards are seen at a glance, in any order. */
const fewCards = 3;

const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');

function HeadCell<Row>({ column, sorting, choose }: { column: Column<Row>; sorting: Sorting; choose: (column: Column<Row>) => void }) {
  if (column.unseen) return <span class="unseen">{column.name}</span>;
  if (column.unsorted) return <>{column.head ?? column.name}</>;
  return <button type="button" onClick={() => choose(column)}>{column.name}<i aria-hidden="true">{sorting.by === column.id ? (sorting.up ? '↑' : '↓') : ''}</i></button>;
}

function Header<Row>({ columns, sorting, choose }: { columns: Column<Row>[]; sorting: Sorting; choose: (column: Column<Row>) => void }) {
  return (
    <tr>{columns.map((column) => (
      <th scope="col" key={column.id} class={classes(column.right && 'right', column.class)} title={column.title} aria-sort={sorting.by === column.id ? (sorting.up ? 'ascending' : 'descending') : undefined}>
        <HeadCell column={column} sorting={sorting} choose={choose} />
      </th>
    ))}</tr>
  );
}

function shown<Row>(column: Column<Row>, row: Row): ComponentChildren {
  const content = column.cell ? column.cell(row) : column.value(row);
  return content === null || content === undefined || content === '' ? '–' : content;
}

function Line<Row>({ at, row, columns, props }: { at: number; row: Row; columns: Column<Row>[]; props: TableProps<Row> }) {
  const { href, rowClass, under } = props, below = under?.(row);
  return (
    <>
      <tr data-row={at} aria-rowindex={at + 2} class={rowClass?.(row) || undefined}>{columns.map((column, i) => (
        <td key={column.id} class={classes(column.right && 'right num', column.class)}>
          {i === 0 && href ? <a class="row-link" href={href(row)}>{shown(column, row)}</a> : shown(column, row)}
        </td>
      ))}</tr>
      {below && <tr><td class="opened" colSpan={columns.length}>{below}</td></tr>}
    </>
  );
}

function Sums<Row>({ columns }: { columns: Column<Row>[] }) {
  if (columns.every(({ sum }) => sum === undefined)) return null;
  return <tfoot><tr>{columns.map((column) => <td key={column.id} class={classes(column.right && 'right num', column.class)}>{column.sum}</td>)}</tr></tfoot>;
}

const room = (height: number, columns: number) => (height > 0 ? <tr aria-hidden="true"><td class="room" colSpan={columns} style={{ height: `${height}px` }} /></tr> : null);

/** A table that is sorted by its header and keeps that in the address; CSV at its foot, cards on a phone. */
export function Table<Row>(props: TableProps<Row>) {
  const { name, columns: all, rows, rowKey, href, usual, param = 'sort', card, keys = false, tall = false, bulk } = props;
  const columns = all.filter(({ filed }) => !filed);
  const body = useRef<HTMLTableSectionElement>(null), cards = useRef<HTMLUListElement>(null), asCards = useIsNarrow(props.cardsToPx ?? 760) && card !== undefined;
  const asked = search.value.get(param), rowHeight = tall ? 47 : 31;
  const sorting = readSorting(asked, usual, all.map(({ id }) => id));
  const ordered = useMemo(() => sorted(rows ?? [], all.find(({ id }) => id === sorting.by)!.value, sorting.up), [rows, sorting.by, sorting.up]);
  const [first, last] = useWindow(ordered.length, rowHeight, body);
  useTableKeys(keys, ordered.length, rowHeight, asCards ? cards : body);
  const order = (next: Sorting): void => setSearch({ [param]: sortingText(next) === sortingText(usual) ? null : sortingText(next) });
  const choose = ({ id, up = false }: Column<Row>): void => {
    const isBack = sorting.by === id && sorting.up !== up && !columns.some((column) => column.id === usual.by);
    order(isBack ? usual : { by: id, up: sorting.by === id ? !sorting.up : up });
  };
  const save = (): void => {
    const kept = all.filter(({ unsorted, filedAs }) => !unsorted && filedAs !== '');
    saveCsv(props.file ?? name, [kept.map((column) => column.filedAs ?? column.name), ...ordered.map((row) => kept.map(({ value, file = value }) => file(row)))]);
  };
  const pressed = (event: Event, row: Row): void => { if (href && !(event.target as Element).closest('a, button')) navigate(href(row)); };
  return (
    <>
      {asCards && bulk && <div class="card-order">{bulk}</div>}
      {asCards && !bulk && ordered.length > fewCards && <CardOrder columns={columns} sorting={sorting} set={order} />}
      {asCards ? <ul class="row-cards" ref={cards} aria-label={name}>{ordered.slice(0, virtualFrom).map((row, i) => <li key={rowKey(row)} data-row={i} class={props.rowClass?.(row) || undefined} onClick={(event) => pressed(event, row)}>{card!(row)}{props.under?.(row)}</li>)}{props.sumCard && <li class="sums">{props.sumCard}</li>}</ul> : (
        <table class={classes('table sortable', tall && 'tall-rows')} aria-label={name} aria-rowcount={ordered.length + 1}>
          <thead>{bulk ? <tr class="bulk"><th scope="col" colSpan={columns.length}>{bulk}</th></tr> : <Header columns={columns} sorting={sorting} choose={choose} />}</thead>
          <tbody ref={body}>
            {room(first * rowHeight, columns.length)}
            {ordered.slice(first, last).map((row, i) => <Line key={rowKey(row)} at={first + i} row={row} columns={columns} props={props} />)}
            {room((ordered.length - last) * rowHeight, columns.length)}
          </tbody>
          <Sums columns={columns} />
        </table>
      )}
      <p class="table-foot"><span class="num">{rows && plural(ordered.length, 'row')}{asCards && ordered.length > virtualFrom && `, the first ${virtualFrom} shown`}</span>{props.note && <span>{props.note}</span>}<span class="grow" /><button type="button" class="link" disabled={!ordered.length} onClick={save}>CSV</button></p>
    </>
  );
}
