import { useRef } from 'preact/hooks';
import { placeOf } from '../../chart/LineHandle';
import type { Chart } from '../../chart/model';
import { yScale } from '../../chart/scale';
import { format } from '../../lib/format';

interface DraggerProps {
  chart: Chart;
  height: number;
  change: (threshold: number) => void;
  /** What the slider says of its value. */
  spoken: string;
}

/** A round step for this axis: about a hundred of them from foot to top. */
export function stepOf({ low, high }: { low: number; high: number }): number {
  const rough = (high - low) / 120, power = 10 ** Math.floor(Math.log10(rough));
  return (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : 5) * power;
}

const rounded = (value: number, step: number): number => Number((Math.round(value / step) * step).toPrecision(10));

/** The grip of the line. While it is held the axis stands still, so that the line follows the pointer. */
export function Dragger({ chart, height, change, spoken }: DraggerProps) {
  const held = useRef<{ low: number; high: number; y: number; value: number } | null>(null);
  const line = chart.line!;
  const scale = yScale(chart), step = stepOf(scale);
  const start = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    held.current = { low: scale.low, high: scale.high, y: event.clientY, value: line.value };
  };
  const move = (event: PointerEvent): void => {
    const from = held.current;
    if (!from) return;
    const perPixel = (from.high - from.low) / (height - 32);
    const value = rounded(from.value + (from.y - event.clientY) * perPixel, stepOf(from));
    change(Math.min(Math.max(value, from.low), from.high * 1.5));
  };
  const pressed = (event: KeyboardEvent): void => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (!direction) return;
    event.preventDefault();
    change(rounded(line.value + direction * step * (event.shiftKey ? 10 : 1), step));
  };
  return (
    <div class={`grip num${line.over ? ' over' : ''}`} style={{ top: `${placeOf(chart, height, line.value)}px` }} role="slider" tabIndex={0} aria-label="Height of the line, to drag" aria-orientation="vertical"
      aria-valuenow={line.value} aria-valuemin={scale.low} aria-valuemax={scale.high} aria-valuetext={spoken}
      onPointerDown={start} onPointerMove={move} onPointerUp={() => { held.current = null; }} onPointerCancel={() => { held.current = null; }} onKeyDown={pressed}>
      <i aria-hidden="true" />{format(line.value, chart.unit)}
    </div>
  );
}
