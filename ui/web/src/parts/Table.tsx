import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { saveCsv } from '../lib/csv';
import { plural } from '../lib/format';
import { onKey } from '../lib/keys';
import { navigate, search, setSearch } from '../lib/router';
import { readSorting, sorted, sortingText, type Sorting } from '../lib/sorting';

export interface Column<Row> {
  /** In the address and unique in the table. */
  id: string;
  name: string;
  /** What is sorted by, and stands in the CSV unless `file` says otherwise. */
  value: (row: Row) => string | number | null;
  file?: (row: Row) => string | number | null;
  /** What is shown, if not the value; null reads as –. */
  cell?: (row: Row) => ComponentChildren;
  /** Numbers stand at the right. */
  right?: boolean;
  class?: string;
  /** Which way the first click sorts: the largest first unless told. Texts begin with A. */
  up?: boolean;
  /** Not to be sorted by, and not in the CSV. */
  unsorted?: boolean;
  /** The name is for readers alone. */
  unseen?: boolean;
  title?: string;
}

interface TableProps<Row> {
  /** What the table holds, for readers and as the name of the CSV file. */
  name: string;
  columns: Column<Row>[];
  /** Null while they are not known. */
  rows: Row[] | null;
  rowKey: (row: Row) => string;
  /** Where a row leads: the first column carries the link. */
  href?: (row: Row) => string;
  usual: Sorting;
  /** The parameter of the address that keeps the order; tables that share a page need one each. */
  param?: string;
  /** A row as a card, on a phone. */
  card?: (row: Row) => ComponentChildren;
  /** Takes j and k; one table of a page may. */
  keys?: boolean;
  note?: ComponentChildren;
}

const rowHeight = 31, virtualFrom = 200, spare = 20;
const phone = window.matchMedia('(max-width: 760px)');

function useIsPhone(): boolean {
  const [is, setIs] = useState(phone.matches);
  useEffect(() => {
    const changed = (): void => setIs(phone.matches);
    phone.addEventListener('change', changed);
    return () => phone.removeEventListener('change', changed);
  }, []);
  return is;
}

/** Of many rows only those near the window are drawn; the others are room. */
function useWindow(count: number, body: { current: HTMLElement | null }): [number, number] {
  const [first, setFirst] = useState(0);
  const virtual = count > virtualFrom;
  useEffect(() => {
    if (!virtual) return undefined;
    const look = (): void => setFirst(Math.max(0, Math.floor(-(body.current?.getBoundingClientRect().top ?? 0) / rowHeight / spare) * spare - spare));
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => { window.removeEventListener('scroll', look); window.removeEventListener('resize', look); };
  }, [virtual]);
  return virtual ? [Math.min(first, count), Math.min(count, first + Math.ceil(window.innerHeight / rowHeight) + 3 * spare)] : [0, count];
}

/** Brings a row into view, below the header, and gives it the focus. */
function focusRow(body: HTMLElement, at: number, done: () => void): void {
  const top = body.getBoundingClientRect().top + at * rowHeight;
  if (top < 100) window.scrollBy(0, top - 100);
  else if (top > window.innerHeight - 80) window.scrollBy(0, top - window.innerHeight + 80);
  window.requestAnimationFrame(() => window.requestAnimationFrame(() => { body.querySelector<HTMLElement>(`[data-row="${at}"] a, [data-row="${at}"] button`)?.focus({ preventScroll: true }); done(); }));
}

function useRowKeys(isOn: boolean, count: number, body: { current: HTMLElement | null }): void {
  useEffect(() => {
    if (!isOn || count === 0) return undefined;
    let aim: number | null = null;
    const move = (step: number): void => {
      if (!body.current) return;
      const row = document.activeElement?.closest<HTMLElement>('[data-row]');
      const now = row && body.current.contains(row) ? Number(row.dataset['row']) : step > 0 ? -1 : count;
      aim = Math.max(0, Math.min(count - 1, (aim ?? now) + step));
      focusRow(body.current, aim, () => { aim = null; });
    };
    const stops = [onKey('j', () => move(1)), onKey('k', () => move(-1))];
    return () => stops.forEach((stop) => stop());
  }, [isOn, count]);
}

function Header<Row>({ columns, sorting, choose }: { columns: Column<Row>[]; sorting: Sorting; choose: (column: Column<Row>) => void }) {
  return (
    <thead><tr>{columns.map((column) => (
      <th scope="col" key={column.id} class={[column.right && 'right', column.class].filter(Boolean).join(' ')} title={column.title} aria-sort={sorting.by === column.id ? (sorting.up ? 'ascending' : 'descending') : undefined}>
        {column.unseen ? <span class="unseen">{column.name}</span> : column.unsorted ? column.name : <button type="button" onClick={() => choose(column)}>{column.name}<i aria-hidden="true">{sorting.by === column.id ? (sorting.up ? '↑' : '↓') : ''}</i></button>}
      </th>
    ))}</tr></thead>
  );
}

function shown<Row>(column: Column<Row>, row: Row): ComponentChildren {
  const content = column.cell ? column.cell(row) : column.value(row);
  return content === null || content === undefined || content === '' ? '–' : content;
}

function Line<Row>({ at, row, columns, href }: { at: number; row: Row; columns: Column<Row>[]; href: ((row: Row) => string) | undefined }) {
  return (
    <tr data-row={at} aria-rowindex={at + 2}>{columns.map((column, i) => (
      <td key={column.id} class={[column.right && 'right num', column.class].filter(Boolean).join(' ')}>
        {i === 0 && href ? <a class="row-link" href={href(row)}>{shown(column, row)}</a> : shown(column, row)}
      </td>
    ))}</tr>
  );
}

const room = (rows: number, columns: number) => (rows > 0 ? <tr aria-hidden="true"><td class="room" colSpan={columns} style={{ height: `${rows * rowHeight}px` }} /></tr> : null);

/** A table that is sorted by its header and keeps that in the address; CSV at its foot, cards on a phone. */
export function Table<Row>(props: TableProps<Row>) {
  const { name, columns, rows, rowKey, href, usual, param = 'sort', card, keys = false } = props;
  const body = useRef<HTMLTableSectionElement>(null), cards = useRef<HTMLUListElement>(null), isPhone = useIsPhone() && card !== undefined;
  const asked = search.value.get(param);
  const sorting = readSorting(asked, usual, columns.map(({ id }) => id));
  const ordered = useMemo(() => sorted(rows ?? [], columns.find(({ id }) => id === sorting.by)!.value, sorting.up), [rows, sorting.by, sorting.up]);
  const [first, last] = useWindow(ordered.length, body);
  useRowKeys(keys, ordered.length, isPhone ? cards : body);
  const choose = ({ id, up = false }: Column<Row>): void => {
    const next = { by: id, up: sorting.by === id ? !sorting.up : up };
    setSearch({ [param]: sortingText(next) === sortingText(usual) ? null : sortingText(next) });
  };
  const save = (): void => {
    const kept = columns.filter(({ unsorted }) => !unsorted);
    saveCsv(name, [kept.map((column) => column.name), ...ordered.map((row) => kept.map(({ value, file = value }) => file(row)))]);
  };
  return (
    <>
      {isPhone ? <ul class="row-cards" ref={cards}>{ordered.slice(0, virtualFrom).map((row, i) => <li key={rowKey(row)} data-row={i} onClick={() => { if (href) navigate(href(row)); }}>{card!(row)}</li>)}</ul> : (
        <table class="table sortable" aria-label={name} aria-rowcount={ordered.length + 1}>
          <Header columns={columns} sorting={sorting} choose={choose} />
          <tbody ref={body}>
            {room(first, columns.length)}
            {ordered.slice(first, last).map((row, i) => <Line key={rowKey(row)} at={first + i} row={row} columns={columns} href={href} />)}
            {room(ordered.length - last, columns.length)}
          </tbody>
        </table>
      )}
      <p class="table-foot"><span class="num">{rows && plural(ordered.length, 'row')}{isPhone && ordered.length > virtualFrom && `, the first ${virtualFrom} shown`}</span>{props.note && <span>{props.note}</span>}<span class="grow" /><button type="button" class="link" disabled={!ordered.length} onClick={save}>CSV</button></p>
    </>
  );
}
