import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Plot } from '../chart/Plot';
import { LineHandle } from '../chart/LineHandle';
import type { Chart } from '../chart/model';
import { lastValue } from '../lib/blocks';
import { changeAt, withBefore, type Before } from '../lib/compare';
import { clock, dateTime, quantity, utc } from '../lib/format';
import type { Asked } from '../lib/frames';
import { marksAt, useMarks } from '../lib/marks';
import { lazy } from './lazy';
import { PanelMenu } from './PanelMenu';
import { Trouble } from './Sentence';

const ChartTable = lazy(async () => (await import('./ChartTable')).ChartTable);

interface PanelProps {
  title: string;
  chart: Chart;
  asked: Asked;
  height: number;
  /** Which curve gives the big number. */
  lead?: number;
  unitWord?: string;
  note?: ComponentChildren;
  noteBad?: boolean;
  sync?: string;
  /** The expression that an alarm on this chart would watch. */
  expr?: string;
  /** An earlier period of the leading curve, drawn dotted; the header tells the difference. */
  before?: Before | null;
  retry?: () => void;
}

/** A titled chart with its figure; at the crosshair the figure is the one under it. Marks of the range stand on it. */
export function Panel(props: PanelProps) {
  const { asked, lead = 0, before = null } = props;
  const [index, setIndex] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const marks = useMarks();
  const chart = useMemo(() => withBefore({ ...props.chart, marks }, before), [props.chart, marks, before]);
  const values = props.chart.curves[lead]?.values;
  const { number, unit } = quantity(index === null ? lastValue(values) : values?.[index] ?? null, chart.unit);
  return (
    <div class={`cell${asked.loading ? ' loading' : ''}`}>
      <header>
        <h2>{props.title}</h2>
        <PanelNote {...props} index={index} chart={chart} />
        <PanelMenu title={props.title} {...(props.expr ? { expr: props.expr } : {})}>
          <button type="button" role="menuitem" onClick={() => setAsTable(!asTable)}>{asTable ? 'Show as chart' : 'Show as table'}</button>
        </PanelMenu>
      </header>
      <div class="figure num">{number}<small>{[unit, props.unitWord].filter(Boolean).join(' ')}</small></div>
      {asTable ? <ChartTable chart={chart} height={props.height} title={props.title} /> : <Plot chart={chart} height={props.height} title={props.title} zoomable faint={asked.error !== null} onCursor={setIndex} {...(props.sync ? { sync: props.sync } : {})}>
        {asked.error && <Trouble error={asked.error} {...(props.retry ? { retry: props.retry } : {})} />}
        <LineHandle chart={chart} height={props.height} title={props.title} {...(props.expr ? { expr: props.expr } : {})} />
      </Plot>}
    </div>
  );
}

/** What the header says at its end: the time and what stands there under the crosshair, else the difference or the note. */
function PanelNote({ chart, lead = 0, before = null, index, note, noteBad, chart: { times, stepS } }: PanelProps & { index: number | null }) {
  const values = chart.curves[before ? lead + 1 : lead]?.values, change = changeAt(values, before, index);
  if (index === null) return <span class={`note${noteBad ? ' bad' : ''}`}>{(!noteBad && change) || note}</span>;
  const atMs = (times[index] ?? 0) * 1000;
  const here = marksAt(chart.marks ?? [], atMs, stepS).map(({ title }) => title);
  return <span class="note" title={utc(atMs)}>{[...here, stepS < 60 ? clock(atMs, true) : dateTime(atMs), change].filter(Boolean).join(' · ')}</span>;
}
