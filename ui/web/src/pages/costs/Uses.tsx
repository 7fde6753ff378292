import { saveCsv } from '../../lib/csv';
import { plural } from '../../lib/format';
import { search, setSearch } from '../../lib/router';
import { readSorting, sortingText, type Sorting } from '../../lib/sorting';
import { columns, sorted, total, type Column, type Use } from './figures';
import { Amount, widest } from './Amount';
import { eachOf, eachPlaces, exact } from './money';

interface UsesProps { uses: Use[]; feature: string; features: string[]; month: string }

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const usual: Sorting = { by: 'cost', up: false };
const sorting = (): Sorting => readSorting(search.value.get('sort'), usual, [...columns]);

function Head({ column, name, text, wide }: { column: Column; name: string; text?: boolean; wide?: boolean }) {
  const { by, up } = sorting(), isOn = by === column;
  const choose = (): void => { const next = sortingText({ by: column, up: isOn ? !up : Boolean(text) }); setSearch({ sort: next === sortingText(usual) ? null : next }); };
  return (
    <th scope="col" class={`${text ? '' : 'right'}${wide ? ' not-phone' : ''}`} aria-sort={isOn ? (up ? 'ascending' : 'descending') : undefined}>
      <button type="button" onClick={choose}>{name}<i aria-hidden="true">{isOn ? (up ? '↑' : '↓') : ''}</i></button>
    </th>
  );
}

function Each({ use, places }: { use: Use; places: number }) {
  const calls = use.calls - use.unpriced;
  return use.priced && calls > 0 ? <Amount amount={eachOf(use.cost, calls, places)} width={places} /> : <>–</>;
}

function Row({ use, width, places }: { use: Use; width: number; places: number }) {
  return (
    <tr>
      <td class="model-cell"><span class="mono" title={use.model}>{use.model || '–'}</span><span class="mut small-text not-phone"> {use.provider}</span>{use.unpriced > 0 && <span class="tag">{use.priced ? `${count(use.unpriced)} without a price` : 'no price'}</span>}<span class="under-model mono mut">{use.feature}</span></td>
      <td class="feature-cell not-phone">{use.feature ? <span class="mono" title={use.feature}>{use.feature}</span> : <span class="mut">none</span>}</td>
      <td class="right num">{count(use.calls)}</td><td class="right num not-phone">{count(use.input)}</td><td class="right num not-phone">{count(use.output)}</td><td class="right num not-phone">{count(use.cached)}</td>
      <td class="right num">{use.priced ? <Amount amount={use.cost} width={width} /> : '–'}</td><td class="right num not-phone"><Each use={use} places={places} /></td>
    </tr>
  );
}

const plain = (use: Use): string => (use.priced ? exact(use.cost).replace(/[$,]/g, '') : '');

function save(uses: Use[], feature: string, month: string): void {
  saveCsv(`costs ${month}`, [['provider', 'model', feature, 'calls', 'calls_without_price', 'input_tokens', 'output_tokens', 'cached_tokens', 'cost_usd'],
    ...uses.map((use) => [use.provider, use.model, use.feature, use.calls, use.unpriced, use.input, use.output, use.cached, plain(use)])]);
}

/** Each model by what it was used for, to the last digit. */
export function Uses({ uses, feature, features, month }: UsesProps) {
  const rows = sorted(uses, sorting()), sum = total(uses), width = widest([...rows.map(({ cost }) => cost), sum.cost]);
  const places = Math.max(...[...rows, sum].map(({ cost, calls, unpriced }) => eachPlaces(cost, calls - unpriced)));
  return (
    <div class="card uses">
      <header class="wrapping"><h2>Models and what they are used for</h2><span class="grow" />
        <span class="inline-field"><select class="pill" aria-label="Used for" value={feature} onChange={(event) => setSearch({ feature: event.currentTarget.value })}>{features.map((name) => <option key={name} value={name}>by {name}</option>)}</select></span></header>
      <table class="table sortable" aria-label="Models and what they are used for">
        <thead><tr><Head column="model" name="Model" text /><Head column="feature" name={feature} text wide /><Head column="calls" name="Calls" /><Head column="input" name="Tokens in" wide /><Head column="output" name="Out" wide /><Head column="cached" name="Cached" wide />
          <Head column="cost" name="Cost" /><Head column="each" name="Per call" wide /></tr></thead>
        <tbody>{rows.map((use) => <Row key={`${use.provider}\n${use.model}\n${use.feature}`} use={use} width={width} places={places} />)}</tbody>
        <tfoot><tr><td>All</td><td class="not-phone" /><td class="right num">{count(sum.calls)}</td><td class="right num not-phone">{count(sum.input)}</td><td class="right num not-phone">{count(sum.output)}</td><td class="right num not-phone">{count(sum.cached)}</td>
          <td class="right num">{sum.priced ? <Amount amount={sum.cost} width={width} /> : '–'}</td><td class="right num not-phone"><Each use={sum} places={places} /></td></tr></tfoot>
      </table>
      <p class="table-foot"><span class="num">{plural(rows.length, 'row')}</span><span class="grow" /><button type="button" class="link" onClick={() => save(rows, feature, month)}>CSV</button></p>
    </div>
  );
}
