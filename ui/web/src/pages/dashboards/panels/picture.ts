import { token } from '../../../chart/colors';
import { fileName, save } from '../../../lib/csv';
import { format, type Unit } from '../../../lib/format';
import type { Row } from './data';

const pad = 16, head = 40, rowHeight = 20;

function text(ctx: CanvasRenderingContext2D, words: string, x: number, y: number, color: string, weight = 400): void {
  ctx.font = `${weight} 13px ${token('font')}`;
  ctx.fillStyle = token(color);
  ctx.fillText(words, x, y);
}

/** A panel as a picture: its title, its chart as it stands, and a legend. */
function drawn(title: string, chart: HTMLCanvasElement | null, rows: readonly { color: string; name: string; value: string }[]): HTMLCanvasElement {
  const width = (chart?.clientWidth ?? 440) + 2 * pad, plot = chart?.clientHeight ?? 0;
  const canvas = document.createElement('canvas'), ratio = window.devicePixelRatio || 1;
  const height = head + plot + rows.length * rowHeight + pad;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const ctx = canvas.getContext('2d')!;
  ctx.scale(ratio, ratio);
  ctx.fillStyle = token('surface');
  ctx.fillRect(0, 0, width, height);
  text(ctx, title, pad, 26, 'text', 600);
  if (chart) ctx.drawImage(chart, pad, head, chart.clientWidth, chart.clientHeight);
  rows.forEach(({ color, name, value }, i) => {
    const y = head + plot + i * rowHeight + 14;
    ctx.fillStyle = token(color);
    ctx.fillRect(pad, y - 9, 8, 8);
    text(ctx, name, pad + 16, y, 'text-2');
    ctx.textAlign = 'right';
    text(ctx, value, width - pad, y, 'text');
    ctx.textAlign = 'left';
  });
  return canvas;
}

/** Copies it; a browser that gives no clipboard (an address without TLS) gets the file. */
export async function copyPicture(panel: HTMLElement, title: string, rows: readonly Row[], unit: Unit, last: (row: Row) => number | null): Promise<'copied' | 'saved'> {
  const listed = rows.slice(0, 12).map((row) => ({ color: row.color, name: row.name, value: format(last(row), unit) }));
  const canvas = drawn(title, panel.querySelector('canvas'), listed);
  const blob = await new Promise<Blob>((done, failed) => canvas.toBlob((made) => (made ? done(made) : failed(new Error('The picture could not be made.'))), 'image/png'));
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    return 'copied';
  } catch {
    save(fileName(title, 'png'), blob);
    return 'saved';
  }
}
