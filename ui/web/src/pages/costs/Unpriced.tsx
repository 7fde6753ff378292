import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { plural } from '../../lib/format';
import { CostingJob, type Job } from '../settings/CostingJob';
import { PriceForm } from '../settings/PriceForm';
import { utcDay } from './calendar';
import type { UnpricedModel } from './useCosts';
import { Time } from '../../parts/Time';

function words({ calls, price_id: priced, price_from_ms: from }: UnpricedModel): string {
  if (!priced || from === null) return `has no price. ${plural(calls, 'call is', 'calls are')} counted, not costed.`;
  return `has a price since ${utcDay(from)}. ${plural(calls, 'call')} from before it was known ${calls === 1 ? 'is' : 'are'} counted, not costed.`;
}

interface ModelProps { model: UnpricedModel; busy: boolean; started: (job: Job | null) => void }

function Model({ model, busy, started }: ModelProps) {
  const [open, setOpen] = useState(false), [wrong, setWrong] = useState('');
  const cost = async (): Promise<void> => {
    try {
      started(await api<Job>(`/api/app/prices/${encodeURIComponent(model.price_id!)}/cost`, { method: 'POST', body: {} }));
      setWrong('');
    } catch (cause) {
      setWrong(explain(cause).message);
    }
  };
  return (
    <li>
      <p><b class="mono">{model.model}</b> {words(model)} <span class="mut">Last one <Time ms={model.last_ms} as="ago" />.</span></p>
      {model.price_id
        ? <button type="button" class="btn small" {...needs('edit', busy)} onClick={() => void cost()}>Cost them</button>
        : <button type="button" class="btn small" {...needs('edit')} aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Close' : 'Add price'}</button>}
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      {open && <PriceForm first={{ provider: model.provider, model: model.model, validFrom: utcDay(model.first_ms) }} since={model.first_ms} calls={model.calls} saved={(made) => { setOpen(false); started(made); }} cancel={() => setOpen(false)} />}
    </li>
  );
}

const keyOf = ({ provider, model }: UnpricedModel): string => `${provider}\n${model}`;

/** Models whose calls have no cost yet, each with the way to give it one; what came of it stays until the page is left. */
export function Unpriced({ models, changed }: { models: UnpricedModel[]; changed: () => void }) {
  const [jobs, setJobs] = useState<{ of: UnpricedModel; job: Job }[]>([]);
  const started = (of: UnpricedModel) => (job: Job | null): void => {
    if (job) setJobs((before) => [...before.filter((other) => keyOf(other.of) !== keyOf(of)), { of, job }]);
    changed();
  };
  if (models.length === 0 && jobs.length === 0) return null;
  return (
    <section class="card pad unpriced" aria-label="Models without a price">
      <ul>
        {models.map((model) => <Model key={keyOf(model)} model={model} busy={jobs.some(({ of, job }) => keyOf(of) === keyOf(model) && job.state === 'running')} started={started(model)} />)}
        {jobs.map(({ of, job }) => <li key={job.id}><b class="mono">{of.model}</b><CostingJob job={job} ended={(ended) => { setJobs((now) => now.map((each) => (each.job.id === ended.id ? { ...each, job: ended } : each))); changed(); }} /></li>)}
      </ul>
    </section>
  );
}
