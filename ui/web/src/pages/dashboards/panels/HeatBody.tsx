import { useMemo, useRef, useState, useEffect } from 'preact/hooks';
import { heatOf } from '../../../chart/heat';
import { Plot } from '../../../chart/Plot';
import type { Chart } from '../../../chart/model';
import type { Ask, Matrix } from '../../../lib/frames';
import { api } from '../../../lib/api';
import { useFrames } from '../../../lib/frames';
import { useTurn } from '../../../lib/turns';
import type { PanelModel } from '../model';
import { unitOfPanel } from '../units';
import { substitute } from '../variables';
import type { View } from './data';

type Result = Matrix['data']['result'];

/** Keeps whole answers: distributions are no numbers that a frame could hold. */
export function useDistributions(panel: PanelModel, view: View, visible: boolean, widthPx: number) {
  const [result, setResult] = useState<Result>([]);
  const kept = useRef<{ key: string; series: Map<string, Result[number]> }>({ key: '', series: new Map() });
  const expr = panel.queries[0]?.expr ?? '';
  const ask: Ask = useMemo(() => ({
    id: 'heat', bucketed: true, expr: (_, stepS) => substitute(expr, view.values, { stepS, rangeMs: view.rangeMs }),
    from: async ({ startS, endS, stepS }, abort) => {
      const query = substitute(expr, view.values, { stepS, rangeMs: view.rangeMs });
      const source = view.source?.(panel.id, 0);
      const answer = source ? await source({ startS, endS, stepS }, abort)
        : await api<Matrix>(`/api/v1/query_range?${new URLSearchParams({ query, start: String(startS), end: String(endS), step: String(stepS) })}`, { signal: abort });
      setResult(merged(kept.current, `${stepS} ${query}`, startS, answer.data.result));
      return answer;
    },
  }), [expr, view, panel.id]);
  const frames = useFrames(visible && (expr.trim() !== '' || view.source) ? [ask] : [], { widthPx: Math.max(0, widthPx) / 9, leastStepS: 10, ...(view.everyMs ? { everyMs: view.everyMs } : {}) });
  useEffect(() => { kept.current.key = ''; }, [ask]);
  return { result, asked: frames.value, refresh: frames.refresh };
}

/** What is kept, with what is new from `startS` on. */
function merged(kept: { key: string; series: Map<string, Result[number]> }, key: string, startS: number, news: Result): Result {
  if (kept.key !== key) { kept.key = key; kept.series.clear(); }
  for (const series of kept.series.values()) {
    series.values = series.values?.filter(([at]) => at < startS) ?? [];
    series.histograms = series.histograms?.filter(([at]) => at < startS) ?? [];
  }
  for (const { metric, values = [], histograms = [] } of news) {
    const name = JSON.stringify(metric), old = kept.series.get(name);
    kept.series.set(name, { metric, values: [...(old?.values ?? []), ...values], histograms: [...(old?.histograms ?? []), ...histograms] });
  }
  return [...kept.series.values()];
}

/** The times that are drawn, a column each (s). */
function columnsOf({ range: { fromMs, toMs }, stepS }: HeatProps['asked']): number[] {
  const times: number[] = [];
  for (let at = Math.floor(fromMs / 1000 / stepS) * stepS; at <= toMs / 1000 + stepS; at += stepS) times.push(at);
  return times;
}

/** What is drawn as a file: a line for each time, a column for each span of values. */
export function heatTable(result: Result, asked: HeatProps['asked']): (string | number | null)[][] {
  const times = columnsOf(asked), heat = heatOf(result, times);
  if (!heat) return [['time']];
  const edge = (value: number): string => String(Number(value.toPrecision(6)));
  const spans = heat.edges.slice(1).map((high, i) => `${edge(heat.edges[i]!)} to ${edge(high)}`);
  return [['time', ...spans], ...times.flatMap((at, i) => { const row = heat.cells[i]; return row ? [[new Date(at * 1000).toISOString(), ...row.map((count) => Number(count.toPrecision(12)))]] : []; })];
}

interface HeatProps { panel: PanelModel; title: string; result: Result; asked: ReturnType<typeof useDistributions>['asked']; view: View; height: number; onCursor: (at: number | null) => void }

/** How a distribution moves through time: the stronger, the more fell there. */
export function HeatBody({ panel, title, result, asked, view, height, onCursor }: HeatProps) {
  const chart = useTurn(useMemo((): Chart => {
    const { fromMs, toMs } = asked.range, stepS = asked.stepS, times = columnsOf(asked);
    const heat = heatOf(result, times);
    return { times, curves: [{ name: 'count', color: 's1', silent: true, values: times.map(() => null) }], unit: unitOfPanel(panel), fromMs, toMs, stepS, shape: 'line', marks: view.marks, ...(heat ? { heat } : {}) };
  }, [result, asked.range, asked.stepS, panel.unit, view.marks]));
  if (!chart.heat && !asked.loading && result.length) return <p class="empty">This expression gives no distribution. A heatmap takes one, such as sum(increase(http_request_duration_seconds[$__interval])).</p>;
  return <Plot chart={chart} height={height} title={title} zoomable sync="dashboard" faint={asked.error !== null} onCursor={onCursor} />;
}
