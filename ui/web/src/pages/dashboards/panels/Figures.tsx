import { isBelow, type LoadLine } from '../../../chart/model';
import { Spark } from '../../../chart/Spark';
import { lastValue } from '../../../lib/blocks';
import { format, quantity } from '../../../lib/format';
import { useTurn } from '../../../lib/turns';
import { unitOfPanel } from '../units';
import type { BodyProps } from './ChartBody';
import { isPast, lineOf } from './chart';

const mostFigures = 6;

const pastWords = ({ op }: LoadLine): string => (isBelow(op) ? 'below its line of' : 'above its line of');

/** One number, large, over its trace; several beside each other. */
export function StatBody({ panel, data, view, width, height, index }: BodyProps) {
  const rows = useTurn(data.rows).slice(0, mostFigures), unit = unitOfPanel(panel), at = index.value;
  const line = lineOf(panel, rows, view, data.asked.stepS);
  const each = width / Math.max(1, rows.length), room = height - (rows.length > 1 ? 66 : 48);
  return (
    <div class="stats">
      {rows.map(({ key, name, values }) => {
        const value = at === null ? lastValue(values) : values[at] ?? null;
        const { number, unit: suffix } = quantity(value, unit), over = line !== null && isPast(value, line);
        return (
          <div key={key} class="stat">
            {rows.length > 1 && <span class="stat-name">{name}</span>}
            <span class={`figure num${over ? ' bad-text' : ''}`}>{number}<small>{suffix}</small></span>
            {line && <span class={`stat-line num${over ? ' bad-text' : ''}`}>{over ? pastWords(line) : 'of'} {format(line.value, unit)}</span>}
            {room > 16 && <Spark values={values} width={Math.max(40, Math.round(each) - 32)} height={Math.min(120, room - (line ? 18 : 0))} fill line={line?.value ?? null} />}
          </div>
        );
      })}
    </div>
  );
}

const share = (value: number, low: number, high: number): string => `${(Math.min(1, Math.max(0, (value - low) / (high - low || 1))) * 100).toFixed(2)}%`;

/** Levels against their line, each a bar: where it ends is read at once, and names have room. */
export function GaugeBody({ panel, data, view, height, index }: BodyProps) {
  const rows = useTurn(data.rows), unit = unitOfPanel(panel), at = index.value;
  const line = lineOf(panel, rows, view, data.asked.stepS);
  const values = rows.map((row) => (at === null ? lastValue(row.values) : row.values[at] ?? null));
  const low = panel.min ?? 0, found = Math.max(0, ...values.map((value) => value ?? 0), line?.value ?? 0);
  const high = panel.max ?? (unit.kind === 'ratio' && found <= 1 ? 1 : unit.kind === 'percent' && found <= 100 ? 100 : found * 1.15 || 1);
  const shown = Math.max(1, Math.floor(height / 40));
  return (
    <ul class="gauges">
      {rows.slice(0, shown).map(({ key, name }, i) => {
        const value = values[i] ?? null, over = line !== null && isPast(value, line), near = !over && line !== null && isPast(value, { op: line.op, value: line.value * (isBelow(line.op) ? 1.25 : 0.8) });
        return (
          <li key={key}>
            <span class="gauge-head"><span>{name}</span>{over && <span class="bad-text">{pastWords(line)} {format(line.value, unit)}</span>}<b class={`num${over ? ' bad-text' : ''}`}>{format(value, unit)}</b></span>
            <span class={`level gauge${over ? ' over' : ''}`} aria-hidden="true">
              {value !== null && <i class={over ? 'over' : near ? 'near' : ''} style={{ width: share(value, low, high) }} />}
              {line !== null && <b style={{ left: share(line.value, low, high) }} />}
            </span>
          </li>
        );
      })}
      {rows.length > shown && <li class="mut small-text">{rows.length - shown} more, lower</li>}
    </ul>
  );
}
