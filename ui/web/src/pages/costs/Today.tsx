import { palette } from '../../chart/colors';
import { rules } from '../../lib/alarms';
import { api } from '../../lib/api';
import { plural } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';
import { budgetsIn } from './budget';
import { midnightOf, nextMidnight } from './calendar';
import { spent, type CostAnswer, type CostRow } from './figures';
import { endOf, forecast } from './forecast';
import { about, asNumber, inCents, lineText, nanoOf, type Nano } from './money';
import { useHours } from './useCosts';

interface Model { model: string; cost: Nano }

function byModel(rows: readonly CostRow[]): Model[] {
  const sums = new Map<string, Nano>();
  for (const { model = '', cost } of rows) sums.set(model, (sums.get(model) ?? 0n) + nanoOf(cost));
  return [...sums].map(([model, cost]) => ({ model, cost })).sort((a, b) => (a.cost < b.cost ? 1 : a.cost > b.cost ? -1 : 0));
}

interface BarProps { models: Model[]; total: number; coming: number | null; line: number | undefined }

function Bar({ models, total, coming, line }: BarProps) {
  const full = Math.max(total, coming ?? 0, (line ?? 0) * 1.2, 0.01), share = (cost: number): string => `${((cost / full) * 100).toFixed(2)}%`;
  return (
    <div class="budget" role="img" aria-label={`${inCents(nanoOf(total))} spent since midnight`}>
      {models.slice(0, 7).map(({ model, cost }, i) => <i key={model} style={{ width: share(asNumber(cost)), background: `var(--${palette[i]})` }} />)}
      {coming !== null && coming > total && <i class="coming" style={{ width: share(coming - total) }} />}
      {line !== undefined && <b style={{ left: share(line) }} />}
    </div>
  );
}

/** The figures of today, as the page of costs has them: spent, by model, where it is going, and the line. */
export function Today() {
  const { data, error, reload } = useLoad(() => api<CostAnswer>(`/metrics/costs?from=${midnightOf(Date.now())}&group_by=provider,model`), 15_000), hours = useHours().data;
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const nowMs = Date.now(), total = spent(data.by), models = byModel(data.by), line = budgetsIn(rules.value ?? []).day?.amount;
  const coming = endOf(forecast(hours ?? new Map<number, number>(), asNumber(total), nowMs, nextMidnight(nowMs)))?.mid ?? null;
  return (
    <div class="cost">
      <div class="figure num">{inCents(total)}{line !== undefined && <small>of {lineText(line)} a day</small>}</div>
      <Bar models={models} total={asNumber(total)} coming={coming} line={line} />
      <p class="budget-words num">{coming === null ? 'since midnight' : <span>on the way to <b>{about(coming)}</b></span>}{line !== undefined && <span>line {lineText(line)}</span>}</p>
      <ul class="models">{models.slice(0, 4).map(({ model, cost }, i) => (
        <li key={model}><i aria-hidden="true" style={{ background: `var(--${palette[i]})` }} /><span class="mono" title={model}>{model}</span><span class="num">{inCents(cost)}</span></li>
      ))}</ul>
      {data.unpriced_calls > 0 && <p class="mut small-text">{plural(Math.round(data.unpriced_calls), 'call')} of models without a price: counted, not costed. <a class="link" href="/costs">Add a price</a></p>}
    </div>
  );
}
