import { setSearch } from '../../lib/router';
import { Table, type Column } from '../../parts/Table';
import { byName, eachCall, total, type Use } from './figures';
import { Amount, widest } from './Amount';
import { asNumber, eachOf, eachPlaces, exact } from './money';

interface UsesProps { uses: Use[]; feature: string; features: string[]; month: string }

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const plain = (use: Use): string => (use.priced ? exact(use.cost).replace(/[$,]/g, '') : '');

function Model({ use }: { use: Use }) {
  return <><span class="mono" title={use.model}>{use.model || '–'}</span><span class="mut small-text"> {use.provider}</span>{use.unpriced > 0 && <span class="tag">{use.priced ? `${count(use.unpriced)} without a price` : 'no price'}</span>}</>;
}

const Feature = ({ use }: { use: Use }) => (use.feature ? <span class="mono" title={use.feature}>{use.feature}</span> : <span class="mut">none</span>);

/** How wide the amounts of the columns are, so that their points stand below each other. */
interface Widths { cost: number; each: number }

function widthsOf(uses: Use[]): Widths {
  return { cost: widest(uses.map(({ cost }) => cost)), each: Math.max(...uses.map(({ cost, calls, unpriced }) => eachPlaces(cost, calls - unpriced))) };
}

const costOf = (use: Use, { cost: width }: Widths) => (use.priced ? <Amount amount={use.cost} width={width} /> : '–');
const eachText = (use: Use, { each: places }: Widths) => (use.priced && use.calls > use.unpriced ? <Amount amount={eachOf(use.cost, use.calls - use.unpriced, places)} width={places} /> : '–');

function columnsOf(feature: string, sum: Use, widths: Widths): Column<Use>[] {
  const counted = (id: 'calls' | 'input' | 'output' | 'cached', name: string, filedAs: string): Column<Use> =>
    ({ id, name, filedAs, right: true, value: (use) => use[id], cell: (use) => count(use[id]), sum: count(sum[id]) });
  return [
    { id: 'provider', name: 'provider', filed: true, value: ({ provider }) => provider },
    { id: 'model', name: 'Model', filedAs: 'model', up: true, value: ({ model }) => model, cell: (use) => <Model use={use} />, sum: 'All' },
    { id: 'feature', name: feature, up: true, value: (use) => use.feature, cell: (use) => <Feature use={use} />, sum: '' },
    counted('calls', 'Calls', 'calls'), { id: 'unpriced', name: 'calls_without_price', filed: true, value: ({ unpriced }) => unpriced },
    counted('input', 'Tokens in', 'input_tokens'), counted('output', 'Out', 'output_tokens'), counted('cached', 'Cached', 'cached_tokens'),
    { id: 'cost', name: 'Cost', filedAs: 'cost_usd', right: true, value: (use) => (use.priced ? asNumber(use.cost) : null), file: plain, cell: (use) => costOf(use, widths), sum: costOf(sum, widths) },
    { id: 'each', name: 'Per call', filedAs: '', right: true, value: eachCall, cell: (use) => eachText(use, widths), sum: eachText(sum, widths) },
  ];
}

const figures: [keyof Use & ('calls' | 'input' | 'output' | 'cached'), string][] = [['calls', 'Calls'], ['input', 'Tokens in'], ['output', 'Out'], ['cached', 'Cached']];

function Card({ use, widths, isSum = false }: { use: Use; widths: Widths; isSum?: boolean }) {
  return (
    <div class="row-card">
      <span>{isSum ? <b>All</b> : <Model use={use} />}</span><b class="num right">{costOf(use, widths)}</b>
      <span>{!isSum && <Feature use={use} />}</span><span class="mut num right">{eachText(use, widths)} <small>per call</small></span>
      <span class="wide num parts">{figures.map(([id, name]) => <span key={id}><small>{name}</small> {count(use[id])}</span>)}</span>
    </div>
  );
}

/** Each model by what it was used for, to the last digit. */
export function Uses({ uses, feature, features, month }: UsesProps) {
  const rows = byName(uses), sum = total(uses), widths = widthsOf([...rows, sum]);
  return (
    <div class="card uses">
      <header class="wrapping"><h2>Models and what they are used for</h2><span class="grow" />
        <span class="inline-field"><select class="pill" aria-label="Used for" value={feature} onChange={(event) => setSearch({ feature: event.currentTarget.value })}>{features.map((name) => <option key={name} value={name}>by {name}</option>)}</select></span></header>
      <Table name="Models and what they are used for" file={`costs ${month}`} columns={columnsOf(feature, sum, widths)} rows={rows} rowKey={({ provider, model, feature: used }) => `${provider}\n${model}\n${used}`} usual={{ by: 'cost', up: false }}
        card={(use) => <Card use={use} widths={widths} />} cardsToPx={1000} sumCard={<Card use={sum} widths={widths} isSum />} />
    </div>
  );
}
