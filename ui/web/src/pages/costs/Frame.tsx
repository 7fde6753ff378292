import type { ComponentChildren } from 'preact';
import type { Axis } from './axis';
import { lineText } from './money';

export const left = 52, foot = 20, head = 8;

interface FrameProps {
  width: number;
  height: number;
  axis: Axis;
  /** The load line, where there is one. */
  line?: number | undefined;
  over?: boolean;
  /** Words under the plot. */
  marks: { x: number; text: string }[];
  children: ComponentChildren;
}

export const scale = (height: number, axis: Axis) => (value: number): number =>
  head + (1 - value / axis.top) * (height - head - foot);

/** Grid, axes and load line of a chart of money; what is drawn comes between them. */
export function Frame({ width, height, axis, line, over, marks, children }: FrameProps) {
  const y = scale(height, axis);
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {axis.ticks.map((at) => <path key={at} class={at === 0 ? 'base' : 'grid'} d={`M${left} ${y(at).toFixed(1)}H${width}`} />)}
      {axis.ticks.filter((at) => line === undefined || Math.abs(y(at) - y(line)) >= 13).map((at) => <text key={at} class="tick-text" x={left - 8} y={y(at) + 4} text-anchor="end">{axis.label(at)}</text>)}
      {marks.map(({ x, text }) => <text key={x} class="tick-text" x={x} y={height - 4} text-anchor="middle">{text}</text>)}
      {children}
      {line !== undefined && (
        <g class={`load-line${over ? ' over' : ''}`}>
          <path d={`M${left - 8} ${y(line).toFixed(1)}H${width}`} /><circle cx={left} cy={y(line)} r="4.5" />
          <text x={left - 11} y={y(line) + 4} text-anchor="end">{lineText(line)}</text>
        </g>
      )}
    </svg>
  );
}
