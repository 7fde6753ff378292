import { nameOf } from './week.mjs';

const columns = 5;

/** A dashboard of `count` line panels, each with all series of one metric, five in a row. */
export function dashboardOf(title, count) {
  const panels = Array.from({ length: count }, (_, i) => ({
    id: `p${i}`, title: `Panel ${i}`, kind: 'line', unit: '', queries: [{ expr: nameOf(i), legend: '{{host}}' }],
    grid: { x: (i % columns) * 2, y: Math.floor(i / columns) * 4, w: 2, h: 4 } }));
  return { title, panels, range: '7d', refresh: 'live' };
}
