import { palette } from '../../chart/colors';
import { levels } from '../../lib/alarms';
import { api } from '../../lib/api';
import { plural, quantity } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { metricsIn } from '../../lib/promql';

interface CostRow { provider: string; model: string; calls: number; cost: number }
interface CostAnswer { total: number; unpriced_calls: number; by: CostRow[] }

function midnight(): number {
  const at = new Date();
  return at.setHours(0, 0, 0, 0);
}

function byModel(rows: CostRow[]): { model: string; cost: number }[] {
  const sums = new Map<string, number>();
  for (const { model, cost } of rows) sums.set(model, (sums.get(model) ?? 0) + (cost ?? 0));
  return [...sums].map(([model, cost]) => ({ model, cost })).sort((a, b) => b.cost - a.cost);
}

/** What language models cost since midnight, by model, and against the line where there is one. */
export function Costs() {
  const { data } = useLoad(() => api<CostAnswer>(`/metrics/costs?from=${midnight()}&to=${Date.now()}`), 15_000);
  if (!data) return <div class="card"><header><h2>LLM cost today</h2></header></div>;
  const models = byModel(data.by);
  const budget = levels.value.find(({ rule }) => metricsIn(rule.expr).includes('llm_cost_usd_total') && rule.expr.includes('increase('))?.rule.threshold;
  const full = Math.max(data.total, (budget ?? 0) * 1.2, 0.01);
  const { number } = quantity(data.total, { kind: 'usd' });
  const share = (cost: number): string => `${((cost / full) * 100).toFixed(2)}%`;
  return (
    <div class="card">
      <header><h2>LLM cost today</h2></header>
      <div class="cost">
        <div class="figure num">{number}{budget !== undefined && <small>of {quantity(budget, { kind: 'usd' }).number}</small>}</div>
        <div class="budget" role="img" aria-label={`${number} spent since midnight`}>
          {models.slice(0, 7).map(({ model, cost }, i) => <i key={model} style={{ width: share(cost), background: `var(--${palette[i]})` }} />)}
          {budget !== undefined && <b style={{ left: share(budget) }} />}
        </div>
        <ul class="models">{models.slice(0, 5).map(({ model, cost }, i) => (
          <li key={model}><i aria-hidden="true" style={{ background: `var(--${palette[i]})` }} /><span class="mono">{model}</span><span class="num">{quantity(cost, { kind: 'usd' }).number}</span></li>
        ))}</ul>
        {data.unpriced_calls > 0 && <p class="mut small-text">{plural(data.unpriced_calls, 'call')} of models without a price: counted, not costed.</p>}
      </div>
    </div>
  );
}
