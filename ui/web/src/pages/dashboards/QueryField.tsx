import { useEffect, useRef, useState } from 'preact/hooks';
import { bucketed, build, recognise, functionsFor, type Phrase } from '../../lib/promql';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { PhraseRows } from '../explore/Builder';
import type { Query } from './model';
import { plainWindows } from './units';

/** A phrase as an expression whose window follows the range. */
export const exprOf = (phrase: Phrase): string => build(phrase, bucketed(phrase.fn) ? '$__interval' : '$__rate_interval');

interface QueryFieldProps {
  query: Query;
  at: number;
  metrics: Metric[];
  change: (query: Query, about: string) => void;
  remove: (() => void) | null;
}

const waitMs = 700;

/** One question of a panel: as a phrase where it can be said so, and always as PromQL. */
export function QueryField({ query, at, metrics, change, remove }: QueryFieldProps) {
  const [text, setText] = useState(query.expr), timer = useRef<number | undefined>(undefined);
  useEffect(() => { setText(query.expr); }, [query.expr]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const latest = useRef(query);
  latest.current = query;
  const put = (expr: string): void => {
    window.clearTimeout(timer.current);
    const { broken: _, ...rest } = latest.current;
    if (expr !== latest.current.expr) change({ ...rest, expr }, `expr ${at}`);
  };
  const typed = (next: string): void => {
    setText(next);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => put(next.trim()), waitMs);
  };
  const phrase = recognise(plainWindows(query.expr)), name = `Query ${at + 1}`;
  const pick = (metric: string): void => {
    const found = metrics.find((each) => each.name === metric);
    if (found) put(exprOf({ metric, fn: functionsFor(found.kind, metric)[0]!, filters: [], by: [] }));
  };
  return (
    <fieldset class="query">
      <legend>{name}</legend>
      {remove && <button type="button" class="icon-button" aria-label={`Remove ${name.toLowerCase()}`} onClick={remove}><Icon name="cross" size={14} /></button>}
      {phrase && <PhraseRows phrase={phrase} metric={metrics.find((each) => each.name === phrase.metric)} metrics={metrics} show={(next) => put(exprOf(next))} />}
      {query.expr === '' && (
        <label class="field"><span>Metric</span>
          <select class="mono" value="" onChange={(event) => pick(event.currentTarget.value)}><option value="">Choose one, or write PromQL</option>{metrics.map((metric) => <option key={metric.name}>{metric.name}</option>)}</select>
        </label>
      )}
      <label class="field"><span>PromQL</span>
        <textarea class="mono" rows={Math.min(8, Math.max(2, Math.ceil(text.length / 38)))} spellcheck={false} value={text} placeholder="sum(rate(http_requests_total[$__rate_interval]))" onInput={(event) => typed(event.currentTarget.value)} onBlur={() => put(text.trim())}
          onKeyDown={(event) => { if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); put(text.trim()); } }} />
      </label>
      {query.broken && <p class="wrong">{query.broken}</p>}
      <label class="field"><span>Legend</span>
        <input value={query.legend} placeholder="{{route}}" onInput={(event) => change({ ...query, legend: event.currentTarget.value }, `legend ${at}`)} />
      </label>
    </fieldset>
  );
}
