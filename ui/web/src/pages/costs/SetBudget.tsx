import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { loadAlarms } from '../../lib/alarms';
import { api, can, explain, needs, type Page } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import type { Channel, Rule } from '../../lib/types';
import { exprOf, type Period } from './budget';
import { amountIn, lineText } from './money';

const names: Record<Period, string> = { day: 'LLM budget of the day', month: 'LLM budget of the month' };
const spans: Record<Period, string> = { day: 'any 24 hours', month: 'any 30 days' };

interface SetBudgetProps { period: Period; done: () => void }

/** A budget is an alarm on what all models cost. */
export function SetBudget({ period: first, done }: SetBudgetProps) {
  const [amount, setAmount] = useState(''), [period, setPeriod] = useState<Period>(first), [severity, setSeverity] = useState<Rule['severity']>('warning'), [wait, setWait] = useState('0s');
  const [told, setTold] = useState<string[]>([]), [wrong, setWrong] = useState(''), [busy, setBusy] = useState(false);
  const channels = useLoad(async () => (await api<Page<Channel>>('/api/app/channels')).items, 0).data ?? [];
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const dollars = amountIn(amount);
    if (dollars === null || Number(dollars) <= 0) { setWrong('Give an amount in dollars, such as 50.'); return field.current?.focus(); }
    setBusy(true);
    try {
      await api<Rule>('/api/app/rules', { method: 'POST', body: {
        name: names[period], expr: exprOf(period), op: '>', threshold: Number(dollars), for: wait, severity, channels: told,
        annotations: { summary: `Model calls cost {{ $value | printf "%.2f" }} dollars in ${period === 'day' ? '24 hours' : '30 days'}; the line is at ${lineText(Number(dollars))}` } } });
      await loadAlarms();
      done();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setWrong(`${message} ${hint}`.trim());
    }
    setBusy(false);
  };
  const toggle = (id: string): void => setTold(told.includes(id) ? told.filter((other) => other !== id) : [...told, id]);
  return (
    <form class="card pad form budget-form" aria-label="Set budget" onSubmit={(event) => void submit(event)} noValidate>
      <div class="row-form even">
        <label class="field"><span>Budget in dollars</span><input ref={field} value={amount} inputMode="decimal" placeholder="50" aria-invalid={wrong !== ''} aria-describedby="budget-error" onInput={(event) => { setAmount(event.currentTarget.value); setWrong(''); }} /></label>
        <label class="field"><span>For</span><select value={period} onChange={(event) => setPeriod(event.currentTarget.value as Period)}><option value="day">a day (24 hours)</option><option value="month">a month (30 days)</option></select></label>
        <label class="field"><span>Level</span><select value={severity} onChange={(event) => setSeverity(event.currentTarget.value as Rule['severity'])}><option value="warning">warning</option><option value="critical">critical</option></select></label>
        <label class="field"><span>Once above it for</span><select value={wait} onChange={(event) => setWait(event.currentTarget.value)}><option value="0s">no time: at once</option><option value="5m">5 min</option><option value="1h">1 h</option></select></label>
      </div>
      {channels.length > 0 && <fieldset class="ticks"><legend>Tell</legend>{channels.map(({ id, name }) => <label key={id} class="tick"><input type="checkbox" checked={told.includes(id)} onChange={() => toggle(id)} />{name}</label>)}</fieldset>}
      <p class="mut small-text">An alarm on what all models together cost in {spans[period]}. It is in the list of alarms too, with its replay and its past.</p>
      <p class="wrong" id="budget-error" role="alert">{can('edit') ? wrong : 'Needs the edit role.'}</p>
      <div class="actions"><button class="btn primary" {...needs('edit', busy)}>{busy ? 'Saving' : 'Save budget'}</button><button type="button" class="btn ghost" onClick={done}>Cancel</button></div>
    </form>
  );
}
