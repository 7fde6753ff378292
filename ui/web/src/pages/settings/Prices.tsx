import { useState } from 'preact/hooks';
import { api, needs } from '../../lib/api';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { search, setSearch } from '../../lib/router';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Amount, widest } from '../costs/Amount';
import { nanoOf } from '../costs/money';
import { CostingJob, type Job } from './CostingJob';
import { PriceForm, type Price } from './PriceForm';

type Part = 'input' | 'output' | 'cache_read' | 'cache_write';
const parts: Part[] = ['input', 'output', 'cache_read', 'cache_write'];
type Widths = Record<Part, number>;

function matching(prices: Price[], text: string, source: string): Price[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return prices.filter(({ provider, model, source: from }) => (!source || source === from) && words.every((word) => `${provider} ${model}`.includes(word)));
}

interface RowProps { price: Price; widths: Widths; edit: () => void; remove: () => void }

function Row({ price, widths, edit, remove }: RowProps) {
  const { provider, model, valid_from: from, source } = price, own = source === 'own', name = `${provider} ${model} from ${from}`;
  return (
    <tr>
      <td class="price-name"><span class="mono">{model}</span><span class="mut small-text"> {provider}</span>{own && <span class="tag">own</span>}</td>
      <td class="num">{from.slice(0, 10)}{!own && <span class="mut small-text not-phone"> shipped</span>}</td>
      {parts.map((part) => <td key={part} class={`right num${part.startsWith('cache') ? ' not-phone' : ''}`}><Amount amount={nanoOf(price[part])} width={widths[part]} /></td>)}
      <td class="right row-links">{own ? <>
        <button type="button" class="link" {...needs('edit')} aria-label={`Edit ${name}`} onClick={edit}>Edit</button>
        <button type="button" class="link quiet" {...needs('edit')} aria-label={`Delete ${name}`} onClick={remove}>Delete</button></> : null}</td>
    </tr>
  );
}

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
        <div class="card"><div class="scroll-x" tabIndex={0} role="region" aria-label="Price table">
          <table class="table">
            <thead><tr><th scope="col">Model</th><th scope="col">Valid from</th><th scope="col" class="right">In</th><th scope="col" class="right">Out</th><th scope="col" class="right not-phone">Cache read</th><th scope="col" class="right not-phone">Cache write</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>{shown.map((price) => <Row key={price.id} price={price} widths={widths} edit={() => setOpen(price)} remove={() => remove(price)} />)}</tbody>
          </table></div>
          <p class="list-note mut">{plural(shown.length, 'price')}. Dates are days of UTC.</p></div>
      )}
    </section>
  );
}
