import { columns } from './grid';
import type { Listed } from './model';

const unit = 10, row = 2.5, rowsShown = 14;

/** A tiny picture of a dashboard: where its panels lie, and of which kind. */
export function Tiny({ shape }: Pick<Listed, 'shape'>) {
  return (
    <svg class="tiny" viewBox={`0 0 ${columns * unit} ${rowsShown * row + 1}`} aria-hidden="true">
      {shape.filter(({ y }) => y < rowsShown).map(({ x, y, w, h, kind }, i) => (
        <g key={i}>
          <rect class="tiny-panel" x={x * unit + 1} y={y * row + 1} width={w * unit - 2} height={Math.max(1, h * row - 2)} rx="1.5" />
          <path class="tiny-mark" d={markOf(kind, x * unit + 4, y * row + 3, w * unit - 8, h * row - 6)} />
        </g>
      ))}
    </svg>
  );
}

/** A stroke or two that say what kind of panel it is. */
function markOf(kind: string, x: number, y: number, w: number, h: number): string {
  if (w <= 0 || h <= 0) return '';
  const foot = y + h, part = w / 5;
  switch (kind) {
    case 'bar': return [0.5, 0.8, 0.4, 0.9, 0.6].map((share, i) => `M${x + part * (i + 0.5)} ${foot}v${-h * share}`).join('');
    case 'stat': return `M${x} ${y + 1.5}h${w * 0.45}`;
    case 'gauge': return `M${x} ${y + h / 2}h${w * 0.7}`;
    case 'table': return [0.2, 0.5, 0.8].map((share) => `M${x} ${y + h * share}h${w}`).join('');
    case 'heatmap': return [0.3, 0.6].map((share) => `M${x} ${y + h * share}h${w * 0.4}M${x + w * 0.6} ${y + h * (share + 0.2)}h${w * 0.4}`).join('');
    default: return `M${x} ${y + h * 0.7}l${part} ${-h * 0.3}l${part} ${h * 0.15}l${part} ${-h * 0.45}l${part} ${h * 0.25}l${part} ${-h * 0.2}`;
  }
}
