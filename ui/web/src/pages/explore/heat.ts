import { useMemo } from 'preact/hooks';
import { heatOf } from '../../chart/heat';
import type { Chart } from '../../chart/model';
import { api } from '../../lib/api';
import type { Matrix } from '../../lib/frames';
import { useLoad, type Loaded } from '../../lib/hooks';
import { selector, type Phrase } from '../../lib/promql';
import { rangeKey, rangeNow, stepSeconds, type Range } from '../../lib/range';

interface Answer { result: Matrix['data']['result']; range: Range; stepS: number }

/** How wide a column of a heatmap is, in CSS pixels. */
const columnPx = 9;

async function load(phrase: Phrase | null, widthPx: number): Promise<Answer | null> {
  if (!phrase || widthPx <= 0) return null;
  const range = rangeNow(), stepS = stepSeconds(range, widthPx / columnPx, 10);
  const query = `sum(increase(${selector(phrase.metric, phrase.filters)}[${stepS}s]))`;
  const startS = Math.floor(range.fromMs / 1000 / stepS) * stepS, endS = Math.ceil(range.toMs / 1000 / stepS) * stepS;
  const { data } = await api<Matrix>(`/api/v1/query_range?${new URLSearchParams({ query, start: String(startS), end: String(endS), step: String(stepS) })}`);
  return { result: data.result, range, stepS };
}

/** How many observations fell where, over time; asked only while it is shown. */
export function useHeat(phrase: Phrase | null, widthPx: number, unit: Chart['unit']): Loaded<Answer | null> & { chart: Chart | null } {
  const loaded = useLoad(() => load(phrase, widthPx), 15_000, `${phrase ? selector(phrase.metric, phrase.filters) : ''} ${rangeKey.value} ${Math.round(widthPx / 40)}`);
  const chart = useMemo(() => {
    const answer = loaded.data;
    if (!answer) return null;
    const { range, stepS, result } = answer, startS = Math.floor(range.fromMs / 1000 / stepS) * stepS;
    const times = Array.from({ length: Math.ceil((range.toMs / 1000 - startS) / stepS) + 1 }, (_, i) => startS + i * stepS), heat = heatOf(result, times);
    return { times, curves: [{ name: 'count', color: 's1', silent: true, values: times.map(() => null) }], unit, fromMs: range.fromMs, toMs: range.toMs, stepS, shape: 'line' as const, ...(heat ? { heat } : {}) };
  }, [loaded.data, unit]);
  return { ...loaded, chart };
}
