import { api } from '../../lib/api';
import { useList, useLoad } from '../../lib/hooks';
import { search, setSearch } from '../../lib/router';
import type { Metric } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import type { Month } from './calendar';
import { margins, type CostAnswer, type MarginRow } from './figures';
import { Amount, widest } from './Amount';
import { asNumber, exact, sumOf, type Nano } from './money';
import { daysOf, labelsOf } from './useCosts';

const kinds = new Set(['delta', 'counter', 'distribution', 'histogram']);
const notRevenue = /^(llm_|host_|plimsoll_|http_|event_loop_)/;
const preferred = ['plan', 'customer', 'tenant', 'account'];

/** What money may come from: sums of something, the ones called revenue first. */
const candidates = (metrics: Metric[]): string[] => metrics.filter(({ name, kind }) => kinds.has(kind) && !notRevenue.test(name)).map(({ name }) => name)
  .sort((a, b) => Number(b.startsWith('revenue')) - Number(a.startsWith('revenue')) || a.localeCompare(b));

const sharedLabels = (calls: string[], money: string[]): string[] => calls.filter((label) => money.includes(label) && !['provider', 'model', 'type'].includes(label))
  .sort((a, b) => (preferred.indexOf(a) + 9) % 9 - (preferred.indexOf(b) + 9) % 9 || a.localeCompare(b));

async function load(month: Month, metric: string, by: string | null): Promise<{ rows: MarginRow[]; labels: string[]; label: string }> {
  const [calls, money] = await Promise.all([labelsOf('llm_calls_total', month.fromMs), labelsOf(metric, month.fromMs)]);
  const labels = sharedLabels(calls, money), label = by && labels.includes(by) ? by : labels[0] ?? '';
  if (!label) return { rows: [], labels, label };
  const to = Date.now() < month.toMs ? '' : `&to=${month.toMs}`;
  const [revenue, costs] = await Promise.all([daysOf(month, metric, label), api<CostAnswer>(`/metrics/costs?from=${month.fromMs}${to}&group_by=${encodeURIComponent(label)}`)]);
  return { rows: margins(revenue, costs.by, label), labels, label };
}

const plain = (amount: Nano): string => exact(amount).replace('−', '-').replace(/[$,]/g, '');

function columnsOf(rows: MarginRow[], label: string): Column<MarginRow>[] {
  const money = (part: 'revenue' | 'cost' | 'margin', name: string, more: Partial<Column<MarginRow>>): Column<MarginRow> => {
    const all = sumOf(rows.map((each) => each[part])), width = widest([...rows.map((each) => each[part]), all]);
    const amount = (value: Nano) => (part === 'margin' && value < 0n ? <span class="bad-text"><Amount amount={value} width={width} /></span> : <Amount amount={value} width={width} />);
    return { id: part, name, right: true, value: (each) => asNumber(each[part]), file: (each) => plain(each[part]), cell: (each) => amount(each[part]), sum: amount(all), ...more };
  };
  return [
    { id: 'name', name: label, up: true, value: ({ name }) => name, cell: ({ name, margin }) => <>{name || <span class="mut">no {label}</span>}{margin < 0n && <span class="tag bad">loses</span>}</>, sum: 'All' },
    money('revenue', 'Revenue', {}), money('cost', 'Models', { class: 'not-phone' }), money('margin', 'Margin', { up: true }),
  ];
}

function Chosen({ month, metric, names }: { month: Month; metric: string; names: string[] }) {
  const by = search.value.get('by');
  const { data, error, reload } = useLoad(() => load(month, metric, by), 60_000, `${month.key} ${metric} ${by ?? ''}`);
  return (
    <div class={`card margin-card${data ? '' : ' loading'}`}>
      <header class="wrapping"><h2>Margin</h2><p>revenue less what the models cost</p><span class="grow" />
        <span class="inline-field"><select class="pill mono" aria-label="Revenue" value={metric} onChange={(event) => setSearch({ revenue: event.currentTarget.value, by: null })}>{names.map((name) => <option key={name} value={name}>{name}</option>)}</select></span>
        {data && data.labels.length > 0 && <span class="inline-field"><select class="pill" aria-label="By" value={data.label} onChange={(event) => setSearch({ by: event.currentTarget.value })}>{data.labels.map((name) => <option key={name} value={name}>by {name}</option>)}</select></span>}</header>
      {error && <Trouble error={error} retry={reload} />}
      {data && !data.label && <p class="empty">Calls and <span class="mono">{metric}</span> share no label. Send <span class="mono">plan</span> or <span class="mono">customer</span> with both, and each one's margin stands here.</p>}
      {data?.label && data.rows.length === 0 && <p class="empty">Nothing came in and nothing was spent in {month.name}.</p>}
      {data?.label && data.rows.length > 0 && <Table name={`Margin by ${data.label}`} param="margin" columns={columnsOf(data.rows, data.label)} rows={data.rows} rowKey={({ name }) => name} usual={{ by: 'margin', up: true }} />}
    </div>
  );
}

/** Who brings more than the models cost for them, and who does not. */
export function Margin({ month }: { month: Month }) {
  const { data, error, reload } = useList<Metric>('/api/app/metrics', 60_000);
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const names = candidates(data), asked = search.value.get('revenue');
  const metric = asked && names.includes(asked) ? asked : names.find((name) => name.startsWith('revenue'));
  if (metric) return <Chosen key={metric} month={month} metric={metric} names={names} />;
  return (
    <div class="card pad margin-card"><h2>Margin</h2>
      <p class="mut">Send what comes in as <span class="mono">revenue</span>, with the label that calls carry too, and what each plan or customer brings stands against what it costs.</p>
      {names.length > 0 && <label class="field inline-field"><span>Or choose the metric that is revenue</span><select value="" onChange={(event) => setSearch({ revenue: event.currentTarget.value })}><option value="">Choose</option>{names.map((name) => <option key={name} value={name}>{name}</option>)}</select></label>}
    </div>
  );
}
