import { dateTime, utc } from '../lib/format';
import { marksOpen } from '../lib/marks';
import type { Chart, Mark } from './model';

/** Where the plot proper lies in its element, in CSS pixels. */
export interface PlotArea {
  left: number;
  width: number;
}

interface Group { x: number; marks: Mark[] }

const target = 24, mostGroups = 40;

/** Marks whose handles would cover each other share one. */
function grouped(chart: Chart, { width }: PlotArea): Group[] {
  const groups: Group[] = [];
  for (const mark of chart.marks ?? []) {
    const x = ((mark.atMs - chart.fromMs) / (chart.toMs - chart.fromMs)) * width;
    if (x < 0 || x > width) continue;
    const last = groups[groups.length - 1];
    if (last && x - last.x < target) last.marks.push(mark);
    else groups.push({ x, marks: [mark] });
  }
  return groups;
}

const spoken = ({ title, atMs }: Mark): string => `${title}, ${dateTime(atMs)}`;

/** The triangles at the foot as real elements: their text on hover, the list of marks on a click. */
export function MarkPoints({ chart, height, area }: { chart: Chart; height: number; area: PlotArea }) {
  if (area.width <= 0) return null;
  const groups = grouped(chart, area);
  if (groups.length > mostGroups) return null;
  return <>{groups.map(({ x, marks }) => (
    <button type="button" key={marks[0]!.id} class={`mark-point${x > area.width * 0.6 ? ' leftward' : ''}`} tabIndex={-1} style={{ left: `${area.left + x}px`, top: `${height - 30}px` }}
      aria-label={`${marks.map(spoken).join('; ')}. Open the list of marks`} title={marks.map(({ atMs, title }) => `${title}\n${utc(atMs)}`).join('\n')} onClick={() => { marksOpen.value = true; }}>
      <span aria-hidden="true" style={{ bottom: `${height - 46}px` }}>{marks[0]!.title}{marks.length > 1 && ` and ${marks.length - 1} more`}</span>
    </button>
  ))}</>;
}
