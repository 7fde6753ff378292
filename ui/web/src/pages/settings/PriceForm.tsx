import { useEffect, useRef, useState } from 'preact/hooks';
import { api, can, explain, needs } from '../../lib/api';
import { plural } from '../../lib/format';
import { utcDay } from '../costs/calendar';
import { amountIn } from '../costs/money';
import type { Job } from './CostingJob';

export interface Price {
  id: string;
  provider: string;
  model: string;
  valid_from: string;
  input: string;
  output: string;
  cache_read: string;
  cache_write: string;
  source: 'shipped' | 'own';
}

export interface Fields { provider: string; model: string; validFrom: string; input: string; output: string; cacheRead: string; cacheWrite: string }

interface PriceFormProps {
  first?: Partial<Fields>;
  /** The own price that is changed; without one a new one is made. */
  id?: string;
  /** Since when there are calls without a cost, and how many. */
  since?: number;
  calls?: number;
  saved: (job: Job | null) => void;
  cancel: () => void;
}

type Name = keyof Fields;
const empty: Fields = { provider: '', model: '', validFrom: '', input: '', output: '', cacheRead: '', cacheWrite: '' };
const money: Name[] = ['input', 'output', 'cacheRead', 'cacheWrite'];
const ofServer: Record<string, Name> = { provider: 'provider', model: 'model', valid_from: 'validFrom', input: 'input', output: 'output', cache_read: 'cacheRead', cache_write: 'cacheWrite', cost_since: 'validFrom' };

/** The first field that is wrong, and why. */
function wrongIn(fields: Fields): [Name, string] | null {
  if (!fields.provider.trim()) return ['provider', 'Name the provider as your calls do.'];
  if (!fields.model.trim()) return ['model', 'Name the model as your calls do; a * at its end stands for any rest.'];
  if (!fields.validFrom) return ['validFrom', 'Choose the day from which it holds.'];
  for (const name of money)
    if (amountIn(fields[name]) === null && !(name.startsWith('cache') && !fields[name].trim())) return [name, 'Dollars for a million tokens, such as 2.50; at most 9 places.'];
  return null;
}

function bodyOf(fields: Fields, since: string | null): Record<string, string> {
  const { provider, model, validFrom, input, output, cacheRead, cacheWrite } = fields;
  const cache = { ...(cacheRead.trim() ? { cache_read: amountIn(cacheRead)! } : {}), ...(cacheWrite.trim() ? { cache_write: amountIn(cacheWrite)! } : {}) };
  return { provider: provider.trim(), model: model.trim(), valid_from: validFrom, input: amountIn(input)!, output: amountIn(output)!, ...cache, ...(since ? { cost_since: since } : {}) };
}

/** The field that a refusal names, for its place under it. */
const placeOf = (message: string): Name | null => ofServer[/^`(\w+)`/.exec(message)?.[1] ?? ''] ?? null;

/** Adds a price, or changes an own one; asks whether it shall hold for calls that came before. */
export function PriceForm({ first, id, since, calls, saved, cancel }: PriceFormProps) {
  const [fields, setFields] = useState<Fields>({ ...empty, validFrom: utcDay(Date.now()), ...first }), [wrong, setWrong] = useState<[Name | null, string] | null>(null), [busy, setBusy] = useState(false);
  const [also, setAlso] = useState(since !== undefined), [sinceDay, setSinceDay] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const focus = (name: Name | null): void => form.current?.querySelector<HTMLInputElement>(`input[name=${name ?? 'provider'}]`)?.focus();
  useEffect(() => focus(first?.model ? 'input' : 'provider'), []);
  const from = sinceDay && sinceDay > fields.validFrom ? sinceDay : fields.validFrom;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const bad = wrongIn(fields);
    if (bad) { setWrong(bad); return focus(bad[0]); }
    setBusy(true);
    try {
      const { job } = await api<{ job: Job | null }>(id ? `/api/app/prices/${id}` : '/api/app/prices', { method: id ? 'PATCH' : 'POST', body: bodyOf(fields, also ? from : null) });
      saved(job);
    } catch (cause) {
      const { message, hint } = explain(cause);
      setWrong([placeOf(message), `${message} ${hint}`.trim()]);
      focus(placeOf(message));
    }
    setBusy(false);
  };
  const change = (name: Name, value: string): void => { setFields({ ...fields, [name]: value }); setWrong(null); };
  const input = (name: Name, label: string, more: Record<string, unknown> = {}) => (
    <label class="field"><span>{label}</span>
      <input name={name} value={fields[name]} autocapitalize="none" spellcheck={false} autocomplete="off" aria-invalid={wrong?.[0] === name} aria-describedby="price-error" {...more} onInput={(event) => change(name, event.currentTarget.value)} /></label>
  );
  return (
    <form ref={form} class="form price-form" aria-label={id ? 'Edit price' : 'Add price'} onSubmit={(event) => void submit(event)} noValidate>
      <div class="row-form even">{input('provider', 'Provider', { placeholder: 'openai', maxLength: 200 })}{input('model', 'Model', { placeholder: 'gpt-4o*', maxLength: 200 })}{input('validFrom', 'Valid from (UTC day)', { type: 'date', min: '2000-01-01' })}
        {input('input', '$ per million tokens in', { inputMode: 'decimal', placeholder: '2.50' })}{input('output', '$ per million out', { inputMode: 'decimal', placeholder: '10' })}</div>
      <details open={Boolean(first?.cacheRead)}><summary>More: cached tokens</summary>
        <div class="row-form even">{input('cacheRead', '$ per million read from the cache', { inputMode: 'decimal', placeholder: 'as tokens in' })}{input('cacheWrite', '$ per million written to it', { inputMode: 'decimal', placeholder: 'as tokens in' })}</div></details>
      <div class="since-row"><label class="tick"><input type="checkbox" checked={also} onChange={(event) => setAlso(event.currentTarget.checked)} />{calls ? `Also for the ${plural(calls, 'call')} without a cost since` : 'Also for calls without a cost since'}</label>
        <input type="date" aria-label="Also for calls since" min={fields.validFrom} value={from} disabled={!also} onInput={(event) => setSinceDay(event.currentTarget.value)} /></div>
      <p class="wrong" id="price-error" role="alert">{can('edit') ? wrong?.[1] ?? '' : 'Needs the edit role.'}</p>
      <div class="actions"><button class="btn primary" {...needs('edit', busy)}>{busy ? 'Saving' : id ? 'Save price' : 'Add price'}</button><button type="button" class="btn ghost" onClick={cancel}>Cancel</button></div>
    </form>
  );
}
