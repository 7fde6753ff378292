import { useComputed, useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { lastValue } from '../../../lib/blocks';
import { clock, dateTime, format } from '../../../lib/format';
import { saveCsv } from '../../../lib/csv';
import { useTurn } from '../../../lib/turns';
import { Icon } from '../../../parts/icons';
import { Menu, type Choice } from '../../../parts/Menu';
import { PanelMenu } from '../../../parts/PanelMenu';
import { Trouble } from '../../../parts/Sentence';
import type { PanelModel } from '../model';
import { unitOfPanel } from '../units';
import { inWords, substitute } from '../variables';
import { ChartBody, type BodyProps } from './ChartBody';
import { changeAt } from '../../../lib/compare';
import { beforePanel, usePanelData, type PanelData, type View } from './data';
import { GaugeBody, StatBody } from './Figures';
import { HeatBody, heatTable, useDistributions } from './HeatBody';
import { useInView, useLate, useRoom } from './hooks';
import { Follow, Reading } from './Reading';
import { copyPicture } from './picture';
import { TableBody } from './TableBody';

const mostReadings = 4, readingPx = 64, titlePx = 90;

/** The figure of a panel with one curve, and at the crosshair those of up to four, as far as they leave room for the title. */
function Readout({ panel, data, index, width }: { panel: PanelModel; data: PanelData; index: Signal<number | null>; width: number }) {
  const crossed = useComputed(() => index.value !== null).value, unit = unitOfPanel(panel), isChart = ['line', 'area', 'bar'].includes(panel.kind);
  const timeAt = (at: number | null): string => {
    const time = at === null ? undefined : data.times[at];
    return time === undefined ? '' : data.asked.stepS < 60 ? clock(time * 1000, true) : dateTime(time * 1000);
  };
  if (!isChart) return crossed ? <span class="note num"><Follow index={index} of={[data.times]} text={timeAt} /></span> : null;
  if (data.rows.length === 1) {
    const { values } = data.rows[0]!, before = beforePanel(data);
    const figure = (at: number | null): string => [format(at === null ? lastValue(values) : values[at], unit), changeAt(values, before, at)].filter(Boolean).join(' · ');
    return <span class="note num"><Follow index={index} of={[values, data.asked, unit.kind]} text={figure} /></span>;
  }
  if (!crossed) return null;
  return (
    <span class="note readings num">{data.rows.slice(0, Math.min(mostReadings, Math.floor((width - titlePx) / readingPx))).map(({ key, color, values }) => (
      <span key={key}><i class="swatch" aria-hidden="true" style={{ background: `var(--${color})` }} /><Reading index={index} values={values} unit={unit} /></span>
    ))}</span>
  );
}

const bodies = { line: ChartBody, area: ChartBody, bar: ChartBody, stat: StatBody, gauge: GaugeBody, table: TableBody } as const;

export interface PanelProps {
  panel: PanelModel;
  view: View;
  /** Where a person may go from here; a shared page has none of it. */
  own?: Choice[];
  children?: ComponentChildren;
}

/** The expression as it is asked now, for Explore and for an alarm. */
const asked = (panel: PanelModel, view: View, stepS: number): string =>
  substitute(panel.queries[0]?.expr ?? '', view.values, { stepS, rangeMs: view.rangeMs });

export const exploreLink = (panel: PanelModel, view: View): string => `/explore?${new URLSearchParams({ q: asked(panel, view, 300) })}`;

interface Kept { title: string; rows: () => (string | number | null)[][]; element: () => HTMLElement; say: (text: string) => void }

const rowsOf = ({ rows, times }: PanelData): (string | number | null)[][] =>
  [['time', ...rows.map(({ name }) => name)], ...times.map((at, i) => [new Date(at * 1000).toISOString(), ...rows.map(({ values }) => values[i] ?? null)])];

function choicesOf({ panel, own }: PanelProps, data: PanelData, { title, rows, element, say }: Kept): Choice[] {
  const unit = unitOfPanel(panel);
  const picture = async (): Promise<void> => say((await copyPicture(element(), title, data.rows, unit, (row) => lastValue(row.values))) === 'copied' ? 'Copied' : 'Saved as a file');
  return [
    { name: 'Copy as PNG', run: () => void picture().catch(() => say('It could not be copied')) },
    { name: 'CSV', run: () => saveCsv(title, rows()) },
    ...(own ?? []),
  ];
}

/** Its ⋯: on a shared page only what needs nothing else of the appliance. */
function More({ panel, view, title, choices }: { panel: PanelModel; view: View; title: string; choices: Choice[] }) {
  if (view.source) return <Menu label={`${title}: more`} kind="icon-button more-button" choices={choices}><Icon name="more" /></Menu>;
  const expr = asked(panel, view, 300);
  return <PanelMenu title={title} {...(expr ? { expr } : {})}>{choices.map(({ name, run }) => <button type="button" role="menuitem" key={name} onClick={run}>{name}</button>)}</PanelMenu>;
}

function Nothing({ panel, data }: { panel: PanelModel; data: PanelData }) {
  if (data.asked.loading || data.asked.error || data.rows.length) return null;
  const broken = panel.queries.find(({ broken }) => broken)?.broken;
  return <p class="empty">{broken ? `Its query was not understood: ${broken}` : panel.queries.length ? 'No points in this range.' : 'It has no query yet. Press Enter to write one.'}</p>;
}

/** One panel: its title, what it shows, and what can be done with it. It asks only while it is in view. */
export function PanelView(props: PanelProps) {
  const { panel, view } = props;
  const [whole, inView] = useInView<HTMLDivElement>(), [body, room] = useRoom<HTMLDivElement>();
  const index = useSignal<number | null>(null), said = useSignal('');
  const shown = useTurn(inView) && inView, isHeat = panel.kind === 'heatmap';
  const numbers = usePanelData(panel, view, inView && !isHeat, room.width - 60);
  const heat = useDistributions(panel, view, inView && isHeat, room.width - 60);
  const data: PanelData = isHeat ? { ...numbers, asked: heat.asked, times: [] } : numbers;
  const title = inWords(panel.title, view.values) || 'Untitled';
  const say = (text: string): void => { said.value = text; window.setTimeout(() => { said.value = ''; }, 2000); };
  const common: BodyProps = { panel, title, data, view, width: room.width, height: room.height, index };
  const Body = panel.kind === 'heatmap' ? null : bodies[panel.kind];
  const isAwaited = useLate(Body === ChartBody && data.asked.loading && data.rows.length === 0);
  const hasRoom = shown && room.width > 0 && room.height > 20;
  return (
    <div class={`panel-inside${data.asked.loading && inView && panel.queries.length ? ' loading' : ''}`} ref={whole}>
      <header class="panel-head">
        <h2>{title}</h2><Readout panel={panel} data={data} index={index} width={room.width} />
        <span class="unseen" role="status">{said.value}</span>{said.value && <span class="said" aria-hidden="true">{said.value}</span>}
        <More panel={panel} view={view} title={title} choices={choicesOf(props, data, { title, rows: () => (isHeat ? heatTable(heat.result, heat.asked) : rowsOf(data)), element: () => whole.current!, say })} />
        {props.children}
      </header>
      {data.asked.error && <Trouble error={data.asked.error} retry={isHeat ? heat.refresh : numbers.refresh} />}
      <div class="panel-body" ref={body}>
        {hasRoom && Body && (data.rows.length > 0 || isAwaited) && <Body {...common} />}
        {hasRoom && isHeat && <HeatBody panel={panel} title={title} result={heat.result} asked={heat.asked} view={view} height={room.height} onCursor={(at) => { index.value = at; }} />}
        {!isHeat && hasRoom && <Nothing panel={panel} data={data} />}
      </div>
    </div>
  );
}
