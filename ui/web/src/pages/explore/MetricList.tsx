import { useEffect, useRef, useState } from 'preact/hooks';
import { plural } from '../../lib/format';
import { fuzzy, nearest } from '../../lib/fuzzy';
import type { Loaded } from '../../lib/hooks';
import { onKey } from '../../lib/keys';
import { isOwn } from '../../lib/blocks';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { Trouble } from '../../parts/Sentence';

interface MetricListProps {
  metrics: Loaded<Metric[]>;
  chosen: string | null;
  pick: (metric: Metric) => void;
}

interface Group { name: string; items: Metric[] }

const most = 200;

function groupsOf(metrics: Metric[]): Group[] {
  const byName = (a: Metric, b: Metric): number => a.name.localeCompare(b.name);
  const self = (name: string): boolean => name.startsWith('plimsoll_');
  return [
    { name: 'Yours', items: metrics.filter(({ name }) => isOwn(name) || /^(llm_|http_request)/.test(name)).sort((a, b) => b.last_ms - a.last_ms) },
    { name: 'This machine', items: metrics.filter(({ name }) => name.startsWith('host_')).sort(byName) },
    { name: 'Plimsoll itself', items: metrics.filter(({ name }) => self(name)).sort(byName) },
  ].filter(({ items }) => items.length);
}

function NoMatch({ text, metrics }: { text: string; metrics: Metric[] }) {
  const close = nearest(text, metrics.map(({ name }) => name));
  return <p class="mut list-note">Nothing is called “{text}”.{close.length > 0 && <> Close: <span class="mono">{close.join(', ')}</span>.</>}</p>;
}

export function MetricList({ metrics, chosen, pick }: MetricListProps) {
  const [text, setText] = useState(''), [open, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const all = metrics.data ?? [];
  useEffect(() => onKey('/', () => { setOpen(true); field.current?.focus(); }), []);
  const groups = text ? [{ name: 'Found', items: fuzzy(text, all, ({ name, help }) => `${name} ${help ?? ''}`) }] : groupsOf(all);
  const found = groups.reduce((sum, { items }) => sum + items.length, 0);
  const chose = (metric: Metric): void => { setOpen(false); pick(metric); };
  return (
    <aside class={`metric-list${open ? ' open' : ''}`} aria-label="Metrics">
      <button type="button" class="btn wide list-opener" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Close the list' : chosen ?? 'Pick a metric'}</button>
      <div class="list-body">
        <label class="finder"><Icon name="explore" />
          <input ref={field} type="search" value={text} placeholder={all.length ? `Search ${plural(all.length, 'metric')}` : 'Search'} aria-label="Search metrics" onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => { if (event.key === 'Enter' && groups[0]?.items[0]) chose(groups[0].items[0]); if (event.key === 'Escape') { setText(''); field.current?.blur(); } }} /><kbd>/</kbd>
        </label>
        {metrics.error && <Trouble error={metrics.error} retry={metrics.reload} />}
        {metrics.data && all.length === 0 && <p class="mut list-note">Nothing has arrived yet. <a class="link" href="/welcome">Send a metric</a></p>}
        {text && found === 0 && <NoMatch text={text} metrics={all} />}
        {groups.map(({ name, items }) => items.length > 0 && (
          <div key={name}>
            <h2 class="group-name">{name}</h2>
            {items.slice(0, most).map((metric) => (
              <button type="button" class="metric" key={metric.name} aria-pressed={metric.name === chosen} title={metric.help || metric.name} onClick={() => chose(metric)}>
                <span class="mono">{metric.name}</span><span class="under">{metric.kind}<i class="num">{plural(metric.series, 'series', 'series')}</i></span>
              </button>
            ))}
            {items.length > most && <p class="mut list-note">{items.length - most} more: search for them.</p>}
          </div>
        ))}
      </div>
    </aside>
  );
}
