import { lasting, utc } from '../../lib/format';
import { nearest } from '../../lib/fuzzy';
import type { Phrase } from '../../lib/promql';
import { setSearch } from '../../lib/router';
import type { Metric } from '../../lib/types';

const dayMs = 864e5;

function lastSeenLink(metric: Metric): string {
  const target = new URL(window.location.href);
  target.searchParams.delete('range');
  target.searchParams.set('from', String(metric.last_ms - 30 * 60_000));
  target.searchParams.set('to', String(metric.last_ms + 30 * 60_000));
  return target.pathname + target.search;
}

function since(ms: number): string {
  const age = Date.now() - ms, days = Math.floor(age / dayMs);
  return days < 1 ? `${lasting(age)} ago` : days === 1 ? 'yesterday' : `${days} days ago`;
}

/** Why there is nothing to draw, and where there is something. */
export function Nothing({ phrase, metric, metrics }: { phrase: Phrase | null; metric: Metric | undefined; metrics: Metric[] }) {
  if (phrase && !metric && metrics.length) {
    const close = nearest(phrase.metric, metrics.map(({ name }) => name));
    return (
      <p class="empty">Nothing is called “{phrase.metric}”.{close.length > 0 && <> Close: {close.map((name, i) => (
        <span key={name}>{i > 0 && ', '}<button type="button" class="link mono" onClick={() => setSearch({ q: null, m: name, only: null }, false)}>{name}</button></span>))}.</>}</p>
    );
  }
  if (!metric || !(metric.last_ms > 0)) return <p class="empty">No points in this range.</p>;
  return <p class="empty"><span class="mono">{metric.name}</span> last reported <span title={utc(metric.last_ms)}>{since(metric.last_ms)}</span>; nothing of it matches in this range. <a class="link" href={lastSeenLink(metric)}>Go there</a></p>;
}
