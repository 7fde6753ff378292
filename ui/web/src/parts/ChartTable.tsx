import { useMemo } from 'preact/hooks';
import type { Chart } from '../chart/model';
import { saveCsv } from '../lib/csv';
import { format, utc } from '../lib/format';
import { marksAt } from '../lib/marks';
import { Time } from './Time';

const most = 500;

/** What a chart shows, for those who would rather read it: the newest on top, with what happened then. */
export function ChartTable({ chart, height, title }: { chart: Chart; height: number; title: string }) {
  const rows = useMemo(() => chart.times.map((at, i) => ({ atMs: at * 1000, i })).filter(({ i }) => chart.curves.some(({ values }) => values[i] != null)).reverse(), [chart]);
  const marked = (atMs: number): string => marksAt(chart.marks ?? [], atMs, chart.stepS).map((mark) => mark.title).join(', ');
  const save = (): void => saveCsv(title, [['Time (UTC)', ...chart.curves.map(({ name }) => name)], ...rows.map(({ atMs, i }) => [utc(atMs), ...chart.curves.map(({ values }) => values[i] ?? null)])]);
  return (
    <div class="chart-table" style={{ height: `${height}px` }} tabIndex={0} role="region" aria-label={`${title} as a table`}>
      <table class="table">
        <thead><tr><th scope="col">Time</th>{chart.curves.map(({ name }) => <th scope="col" class="right" key={name}>{name}</th>)}</tr></thead>
        <tbody>{rows.slice(0, most).map(({ atMs, i }) => (
          <tr key={atMs}><td><Time ms={atMs} />{marked(atMs) && <span class="mut"> {marked(atMs)}</span>}</td>{chart.curves.map(({ name, values }) => <td class="right num" key={name}>{format(values[i], chart.unit)}</td>)}</tr>
        ))}</tbody>
      </table>
      <p class="table-foot"><span class="num">{rows.length > most ? `the newest ${most} of ${rows.length}` : `${rows.length} points`}</span><span class="grow" /><button type="button" class="link" disabled={!rows.length} onClick={save}>CSV</button></p>
    </div>
  );
}
