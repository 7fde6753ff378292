import { useState } from 'preact/hooks';
import { api, needs } from '../../lib/api';
import { useList } from '../../lib/hooks';
import { search, setSearch } from '../../lib/router';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Amount, widest } from '../costs/Amount';
import { exact, nanoOf } from '../costs/money';
import { CostingJob, type Job } from './CostingJob';
import { PriceForm, type Price } from './PriceForm';

type Part = 'input' | 'output' | 'cache_read' | 'cache_write';
const parts: Part[] = ['input', 'output', 'cache_read', 'cache_write'];
const partNames: Record<Part, string> = { input: 'In', output: 'Out', cache_read: 'Cache read', cache_write: 'Cache write' };
type Widths = Record<Part, number>;

function matching(prices: Price[], text: string, source: string): Price[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return prices.filter(({ provider, model, source: from }) => (!source || source === from) && words.every((word) => `${provider} ${model}`.includes(word)));
}

interface Doing { edit: (price: Price) => void; remove: (price: Price) => void }

const nameOf = ({ provider, model, source }: Price) => <><span class="mono">{model}</span><span class="mut small-text"> {provider}</span>{source === 'own' && <span class="tag">own</span>}</>;
const dayOf = ({ valid_from: from }: Price): string => from.slice(0, 10);

function Actions({ price, doing }: { price: Price; doing: Doing }) {
  if (price.source !== 'own') return <span class="mut small-text">shipped</span>;
  const name = `${price.provider} ${price.model} from ${price.valid_from}`;
  return (
    <span class="row-links"><button type="button" class="link" {...needs('edit')} aria-label={`Edit ${name}`} onClick={() => doing.edit(price)}>Edit</button>
      <button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${name}`} onClick={() => doing.remove(price)}>Delete</button></span>
  );
}

const columnsOf = (widths: Widths, doing: Doing): Column<Price>[] => [
  { id: 'model', name: 'Model', up: true, value: ({ model, provider }) => `${model} ${provider}`, file: ({ model }) => model, cell: nameOf },
  { id: 'provider', name: 'Provider', filed: true, value: ({ provider }) => provider },
  { id: 'from', name: 'Valid from', class: 'num', value: dayOf },
  ...parts.map((part): Column<Price> => ({ id: part, name: partNames[part], right: true, value: (price) => Number(price[part]), file: (price) => price[part], cell: (price) => <Amount amount={nanoOf(price[part])} width={widths[part]} /> })),
  { id: 'source', name: 'Source', filed: true, value: ({ source }) => source },
  { id: 'do', name: 'What to do', unseen: true, unsorted: true, right: true, value: () => null, cell: (price) => <Actions price={price} doing={doing} /> },
];

const cardOf = (doing: Doing) => (price: Price) => (
  <div class="row-card">
    <span class="price-name">{nameOf(price)}</span><span class="mut num right">{dayOf(price)}</span>
    <span class="wide num parts">{parts.map((part) => <span key={part}><small>{partNames[part]}</small> {exact(nanoOf(price[part]))}</span>)}</span>
    {price.source === 'own' && <span class="wide"><Actions price={price} doing={doing} /></span>}
  </div>
);

function Filters() {
  const source = search.value.get('source') ?? '';
  return (
    <div class="filter-row">
      <label class="field grow"><span class="unseen">Filter by provider or model</span><input type="search" placeholder="Filter: gpt-4o, anthropic" value={search.value.get('q') ?? ''} spellcheck={false} onInput={(event) => setSearch({ q: event.currentTarget.value })} /></label>
      <div class="segments" role="group" aria-label="Whose">{[['', 'All'], ['own', 'Own'], ['shipped', 'Shipped']].map(([id, name]) => <button type="button" key={id} aria-pressed={source === id} onClick={() => setSearch({ source: id || null })}>{name}</button>)}</div>
    </div>
  );
}

/** What a million tokens cost, by model and day. */
export function Prices() {
  const { data, error, reload } = useList<Price>('/api/app/prices', 30_000);
  const [open, setOpen] = useState<Price | 'new' | null>(null), [job, setJob] = useState<Job | null>(null);
  const prices = (data ?? []).filter(({ id }) => !gone.value.has(id)), source = search.value.get('source') ?? '', shown = matching(prices, search.value.get('q') ?? '', source);
  const widths = Object.fromEntries(parts.map((part) => [part, widest(shown.map((price) => nanoOf(price[part])))])) as Widths;
  const remove = ({ id, model, valid_from: from }: Price): void => leave(id, `The price of ${model} from ${from}`, async () => { await api(`/api/app/prices/${id}`, { method: 'DELETE' }); reload(); });
  const saved = (made: Job | null): void => { setOpen(null); setJob(made); reload(); };
  const edited = open && open !== 'new' ? { first: { provider: open.provider, model: open.model, validFrom: open.valid_from.slice(0, 10), input: open.input, output: open.output, cacheRead: open.cache_read, cacheWrite: open.cache_write }, id: open.id } : {};
  return (
    <section class="prices" aria-label="Prices">
      <p class="hint">Dollars for a million tokens. A call is costed when it arrives, by the price of its day; your own price wins over a shipped one of the same day. What has a cost keeps it.</p>
      {open ? <div class="card pad"><PriceForm key={open === 'new' ? 'new' : open.id} {...edited} saved={saved} cancel={() => setOpen(null)} /></div>
        : <p class="actions"><button type="button" class="btn primary" {...needs('edit')} onClick={() => setOpen('new')}>Add price</button></p>}
      {job && <div class="card pad"><CostingJob key={job.id} job={job} ended={reload} /></div>}
      {error && <Trouble error={error} retry={reload} />}
      <Filters />
      {data && shown.length === 0 && <p class="empty">{source === 'own' && !search.value.get('q') ? 'No prices of your own yet. The shipped ones hold until you add one.' : 'No model is called that.'}</p>}
      {shown.length > 0 && (
        <div class="card"><Table name="Prices" columns={columnsOf(widths, { edit: setOpen, remove })} rows={shown} rowKey={({ id }) => id} usual={{ by: 'model', up: true }} card={cardOf({ edit: setOpen, remove })} cardsToPx={1000} note="Dates are days of UTC." /></div>
      )}
    </section>
  );
}
