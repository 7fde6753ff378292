import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { LineHandle } from '../../../chart/LineHandle';
import { Plot } from '../../../chart/Plot';
import type { format } from '../../../lib/format';
import { useTurn } from '../../../lib/turns';
import type { PanelModel } from '../model';
import { substitute } from '../variables';
import { withBefore } from '../../../lib/compare';
import { chartOf, lineOf } from './chart';
import { beforePanel, type PanelData, type View } from './data';
import { Reading } from './Reading';

export interface BodyProps {
  panel: PanelModel;
  title: string;
  data: PanelData;
  view: View;
  width: number;
  height: number;
  index: Signal<number | null>;
}

/** The curves that have no room for names at their ends: a line of them at the foot, reading the crosshair. */
function Strip({ data, index, unit, width }: Pick<BodyProps, 'data' | 'index' | 'width'> & { unit: Parameters<typeof format>[1] }) {
  const shown = data.rows.slice(0, Math.max(2, Math.floor(width / 132)));
  return (
    <ul class="strip">
      {shown.map(({ key, name, color, values }) => (
        <li key={key}><i class="swatch" aria-hidden="true" style={{ background: `var(--${color})` }} /><span>{name}</span><b class="num"><Reading index={index} values={values} unit={unit} /></b></li>
      ))}
      {data.rows.length > shown.length && <li class="mut">+ {data.rows.length - shown.length}</li>}
    </ul>
  );
}

/** Lines, areas and bars. */
export function ChartBody({ panel, title, data, view, width, height, index }: BodyProps) {
  const lineKey = JSON.stringify(lineOf(panel, data.rows, view, data.asked.stepS));
  const chart = useTurn(useMemo(() => withBefore(chartOf(panel, data, view, width), beforePanel(data)), [data.rows, data.asked.range, data.asked.stepS, data.asked.before, panel, view, width > 420, lineKey]));
  const foot = data.rows.length > 1 && !chart.endLabels && height > 130 ? 24 : 0;
  const single = panel.queries.length === 1 && !view.source ? panel.queries[0]!.expr : '';
  const offered = single && data.rows.length === 1 && panel.thresholds.length === 0;
  return (
    <>
      <Plot chart={chart} width={width} height={Math.max(60, height - foot)} title={title} zoomable sync="dashboard" faint={data.asked.error !== null} onCursor={(at) => { index.value = at; }}>
        <LineHandle chart={chart} height={Math.max(60, height - foot)} title={title} {...(offered ? { expr: substitute(single, view.values, { stepS: 300, rangeMs: view.rangeMs }) } : {})} />
      </Plot>
      {foot > 0 && <Strip data={data} index={index} unit={chart.unit} width={width} />}
    </>
  );
}
