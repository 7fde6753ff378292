import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Plot } from '../chart/Plot';
import { LineHandle } from '../chart/LineHandle';
import type { Chart } from '../chart/model';
import { clock, quantity } from '../lib/format';
import type { Asked } from '../lib/frames';
import { Trouble } from './Sentence';

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
  retry?: () => void;
}

function lastOf(values: (number | null)[] | undefined): number | null {
  for (let i = (values?.length ?? 0) - 1; i >= 0; i--) if (values![i] !== null) return values![i]!;
  return null;
}

/** A titled chart with its figure; at the crosshair the figure is the one under it. */
export function Panel(props: PanelProps) {
  const { chart, asked, lead = 0 } = props;
  const [index, setIndex] = useState<number | null>(null);
  const values = chart.curves[lead]?.values;
  const value = index === null ? lastOf(values) : values?.[index] ?? null;
  const { number, unit } = quantity(value, chart.unit);
  return (
    <div class={`cell${asked.loading ? ' loading' : ''}`}>
      <header>
        <h2>{props.title}</h2>
        <span class={`note${props.noteBad && index === null ? ' bad' : ''}`}>{index === null ? props.note : clock((chart.times[index] ?? 0) * 1000, chart.stepS < 60)}</span>
      </header>
      <div class="figure num">{number}<small>{[unit, props.unitWord].filter(Boolean).join(' ')}</small></div>
      {asked.error && <Trouble error={asked.error} {...(props.retry ? { retry: props.retry } : {})} />}
      <Plot chart={chart} height={props.height} title={props.title} zoomable faint={asked.error !== null} onCursor={setIndex} {...(props.sync ? { sync: props.sync } : {})}>
        <LineHandle chart={chart} height={props.height} title={props.title} {...(props.expr ? { expr: props.expr } : {})} />
      </Plot>
    </div>
  );
}
