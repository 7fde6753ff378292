import { api } from '../../lib/api';
import { plural } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { Sentence, Trouble } from '../../parts/Sentence';
import { DropOffer, Dropped } from './Drops';
import type { Cardinality as Figures } from './types';

const count = (value: number): string => value.toLocaleString('en-US');

function Status({ figures }: { figures: Figures }) {
  const { active, budget, excess } = figures, share = budget ? active / budget : 0;
  const worst = excess[0];
  if (worst) {
    const lost = excess.reduce((sum, { refused }) => sum + refused, 0), folded = excess.reduce((sum, each) => sum + each.folded, 0);
    return <Sentence tone="bad" title={`${worst.label || worst.name} has more values than the budget holds`}>{folded > 0 && `${count(folded)} new series were folded into __other__; totals stay true. `}{lost > 0 && `${count(lost)} were refused. `}Leave the label out where it is sent, or raise the budget under Settings, Projects.</Sentence>;
  }
  return <Sentence tone={share > 0.8 ? 'warn' : 'ok'} title={`${plural(active, 'series', 'series')} in the last hour`}>{budget ? `The budget is ${count(budget)}.` : 'There is no budget.'}</Sentence>;
}

/** Which names and labels the series come from, and what went over the budget. */
export function Cardinality() {
  const { data, error, reload } = useLoad(() => api<Figures>('/api/app/cardinality?limit=50'), 30_000);
  if (!data) return error && <Trouble error={error} retry={reload} />;
  const top = Math.max(1, ...data.names.map(({ series }) => series));
  return (
    <section class="stack" aria-label="Cardinality">
      <Status figures={data} />
      {data.excess.length > 0 && (
        <div class="card"><header><h2>Over the budget</h2></header>
          <table class="table"><thead><tr><th scope="col">Metric</th><th scope="col">Label</th><th scope="col" class="right">Folded</th><th scope="col" class="right">Refused</th></tr></thead>
            <tbody>{data.excess.map(({ name, label, folded, refused }) => <tr key={`${name} ${label}`}><td class="mono">{name}</td><td class="mono bad-text">{label}</td><td class="right num">{count(folded)}</td><td class="right num">{count(refused)}</td></tr>)}</tbody></table></div>
      )}
      {data.personal_data.length > 0 && (
        <div class="card"><header><h2>Looks personal</h2><p>kept, hashed or dropped as Settings, Projects says</p></header>
          <table class="table"><thead><tr><th scope="col">Metric</th><th scope="col">Label</th><th scope="col">Looks like</th><th scope="col" class="right">Series</th><th scope="col">Done</th></tr></thead>
            <tbody>{data.personal_data.map(({ name, label, looks_like: what, series, action }) => <tr key={`${name} ${label}`}><td class="mono">{name}</td><td class="mono">{label}</td><td>{what.replace(/_/g, ' ')}</td><td class="right num">{count(series)}</td><td>{action}</td></tr>)}</tbody></table></div>
      )}
      <Dropped drops={data.drops} reload={reload} />
      <div class="pair">
        <div class="card"><header><h2>Names</h2></header>
          <table class="table"><thead><tr><th scope="col">Metric</th><th scope="col" class="right">Series</th><th scope="col" class="not-phone"><span class="unseen">Share</span></th><th scope="col" class="not-phone">Mostly by</th></tr></thead>
            <tbody>{data.names.map(({ name, series, label, values, ...rest }) => (
              <tr key={name}><td class="route"><a class="mono" href={`/explore?m=${encodeURIComponent(name)}`}>{name}</a><DropOffer name={name} {...rest} reload={reload} /></td><td class="right num">{count(series)}</td>
                <td class="not-phone"><span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, (series / top) * 100)}%` }} /></span></td><td class="not-phone mut">{label && <><span class="mono">{label}</span> · {plural(values, 'value')}</>}</td></tr>
            ))}</tbody></table></div>
        <div class="card"><header><h2>Labels</h2></header>
          <table class="table"><thead><tr><th scope="col">Label</th><th scope="col" class="right">Values</th><th scope="col" class="right">Series</th></tr></thead>
            <tbody>{data.labels.map(({ name, values, series }) => <tr key={name}><td class="mono">{name}</td><td class="right num">{count(values)}</td><td class="right num">{count(series)}</td></tr>)}</tbody></table></div>
      </div>
    </section>
  );
}
