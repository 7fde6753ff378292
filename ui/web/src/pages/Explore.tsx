import { useEffect, useMemo } from 'preact/hooks';
import { useList } from '../lib/hooks';
import { needs } from '../lib/api';
import { keeping } from '../lib/keep';
import { build, fnLabel, functionsFor, type Phrase } from '../lib/promql';
import { search, setSearch } from '../lib/router';
import { useKey } from '../lib/rows';
import type { Metric } from '../lib/types';
import { Shell } from '../parts/Shell';
import { Builder } from './explore/Builder';
import { MetricList } from './explore/MetricList';
import { addQuery, queriesOf, removeQuery } from './explore/queries';
import { Result } from './explore/Result';
import { choosingFor } from './explore/sheet';

/** The expression that a metric opens with: what is usually asked of its kind. */
export const openingExpr = (metric: Metric): string => build({ metric: metric.name, fn: functionsFor(metric.kind, metric.name)[0]!, filters: [], by: [] }, '5m');

const titleOf = (expr: string, phrase: Phrase | null): string => (phrase ? `${fnLabel[phrase.fn]} of ${phrase.metric}${phrase.by.length ? ` by ${phrase.by.join(', ')}` : ''}` : expr.slice(0, 60));

function Actions({ expr, phrase, further }: { expr: string; phrase: Phrase | null; further: string[] }) {
  const keep = (): void => { keeping.value = { title: titleOf(expr, phrase), expr, further, view: search.value.get('view') ?? '' }; };
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 's' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      keep();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });
  return (
    <>
      <a class="btn not-phone" href={`/alerts/new?${new URLSearchParams({ expr })}`}>Set alarm</a>
      <button type="button" class="btn primary not-phone" {...needs('edit')} onClick={keep}>Save to dashboard</button>
    </>
  );
}

/** From a name to an answer without knowing PromQL. */
export function Explore() {
  const metrics = useList<Metric>('/api/app/metrics', 10_000), known = metrics.data ?? [];
  const asked = search.value.get('m');
  const queries = useMemo(() => queriesOf(search.value), [search.value.toString()]);
  const { expr, phrase } = queries[0]!;
  useEffect(() => {
    const metric = metrics.data?.find(({ name }) => name === asked);
    if (metric) setSearch({ m: null, q: openingExpr(metric) });
  }, [asked, metrics.data]);
  useKey('a', addQuery, 'Add a query');
  const pick = (metric: Metric): void => {
    const slot = choosingFor.peek() ?? 'q';
    setSearch({ [slot]: openingExpr(metric), only: null, ...(slot === 'q' ? { view: null } : {}) }, false);
  };
  const several = queries.length > 1;
  return (
    <Shell title="Explore" ranged actions={expr ? <Actions expr={expr} phrase={phrase} further={queries.slice(1).map((query) => query.expr).filter(Boolean)} /> : null}>
      <div class="explore">
        <MetricList metrics={metrics} chosen={phrase?.metric ?? null} pick={pick} />
        <div class="result">
          {queries.map((query) => (
            <Builder key={query.slot} slot={query.slot} expr={query.expr} phrase={query.phrase} metric={known.find(({ name }) => name === query.phrase?.metric)} metrics={known} letter={several ? query.letter : undefined}
              ask={(text) => setSearch({ [query.slot]: text, only: null }, false)} remove={several ? () => removeQuery(query.slot) : undefined} />
          ))}
          {expr && queries.length < 4 && <button type="button" class="link add-query" onClick={addQuery}>Another query</button>}
          {expr ? <Result key="result" queries={queries} metric={known.find(({ name }) => name === phrase?.metric)} metrics={known} /> : <p class="empty">Pick a metric, or paste PromQL.</p>}
        </div>
      </div>
    </Shell>
  );
}
