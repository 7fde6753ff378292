import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { plural } from '../../lib/format';
import { fuzzy, nearest } from '../../lib/fuzzy';
import type { Loaded } from '../../lib/hooks';
import { onKey } from '../../lib/keys';
import { isOwn } from '../../lib/blocks';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { Trouble } from '../../parts/Sentence';
import { choosingFor, isNarrow } from './sheet';
import { useLabelTexts, useUsed } from './used';

interface MetricListProps {
  metrics: Loaded<Metric[]>;
  chosen: string | null;
  pick: (metric: Metric) => void;
}

interface Group { name: string; items: Metric[] }

const most = 200;

const freshMs = 15 * 60_000;

function groupsOf(metrics: Metric[], used: ReadonlySet<string>): Group[] {
  const byName = (a: Metric, b: Metric): number => a.name.localeCompare(b.name);
  const groups: Record<string, Metric[]> = { 'Used on your dashboards': [], 'Arriving now': [], 'Came before': [], 'This machine': [], 'Plimsoll itself': [] };
  for (const metric of metrics) {
    const { name, last_ms: last } = metric, own = isOwn(name) || /^(llm_|http_request)/.test(name);
    const group = used.has(name) ? 'Used on your dashboards' : own ? (Date.now() - last < freshMs ? 'Arriving now' : 'Came before') : name.startsWith('host_') ? 'This machine' : 'Plimsoll itself';
    groups[group]!.push(metric);
  }
  return Object.entries(groups).map(([name, items]) => ({ name, items: items.sort(byName) })).filter(({ items }) => items.length);
}

function NoMatch({ text, metrics }: { text: string; metrics: Metric[] }) {
  const close = nearest(text, metrics.map(({ name }) => name));
  return <p class="mut list-note">Nothing is called “{text}”.{close.length > 0 && <> Close: <span class="mono">{close.join(', ')}</span>.</>}</p>;
}

/** The names, by where they come from, under a field that searches them. */
function Names({ metrics, chosen, pick }: MetricListProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const all = metrics.data ?? [];
  useLayoutEffect(() => onKey('/', () => field.current?.focus(), 'Search metrics'), []);
  const used = useUsed(), values = useLabelTexts(text.length > 1);
  const groups = text ? [{ name: 'Found', items: fuzzy(text, all, ({ name, help }) => `${name} ${help ?? ''} ${values.get(name) ?? ''}`) }] : groupsOf(all, used);
  const found = groups.reduce((sum, { items }) => sum + items.length, 0);
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && groups[0]?.items[0]) pick(groups[0].items[0]);
    if (event.key === 'Escape' && (text || !isNarrow.value)) { event.preventDefault(); setText(''); if (!isNarrow.value) field.current?.blur(); }
  };
  return (
    <div class="list-body">
      <label class="finder"><Icon name="explore" />
        <input ref={field} type="search" value={text} placeholder={all.length ? `Search ${plural(all.length, 'metric')}` : 'Search'} aria-label="Search metrics" onInput={(event) => setText(event.currentTarget.value)} onKeyDown={pressed} /><kbd>/</kbd>
      </label>
      {metrics.error && <Trouble error={metrics.error} retry={metrics.reload} />}
      {metrics.data && all.length === 0 && <p class="mut list-note">Nothing has arrived yet. <a class="link" href="/welcome">Send a metric</a></p>}
      {text && found === 0 && <NoMatch text={text} metrics={all} />}
      {groups.map(({ name, items }) => items.length > 0 && (
        <div key={name}>
          <h2 class="group-name">{name}</h2>
          {items.slice(0, most).map((metric) => (
            <button type="button" class="metric" key={metric.name} aria-pressed={metric.name === chosen} title={metric.help || metric.name} onClick={() => pick(metric)}>
              <span class="mono">{metric.name}</span><span class="under">{metric.kind}<i class="num">{plural(metric.series, 'series', 'series')}</i></span>
            </button>
          ))}
          {items.length > most && <p class="mut list-note">{items.length - most} more: search for them.</p>}
        </div>
      ))}
    </div>
  );
}

/** The same over the whole height of a small window, while a metric is being chosen. */
function Sheet(props: MetricListProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // A finger would get the keyboard over half of the list.
    if (window.matchMedia('(pointer: fine)').matches) dialog.current?.querySelector('input')?.focus();
  }, []);
  const shut = (): void => dialog.current?.close();
  return (
    <dialog class="metric-sheet" ref={dialog} aria-labelledby="metric-sheet-title" onClose={() => { choosingFor.value = null; }} onClick={(event) => { if (event.target === dialog.current) shut(); }}>
      <header><h2 id="metric-sheet-title">Metrics</h2><span class="grow" /><button type="button" class="icon-button" aria-label="Close the list" onClick={shut}><Icon name="cross" /></button></header>
      <Names {...props} pick={(metric) => { props.pick(metric); shut(); }} />
    </dialog>
  );
}

/** All metrics: beside the chart, and in a small window in a sheet that opens from the metric's name. */
export function MetricList(props: MetricListProps) {
  useLayoutEffect(() => (isNarrow.value ? onKey('/', () => { choosingFor.value = 'q'; }, 'Search metrics') : undefined), [isNarrow.value, choosingFor.value]);
  if (isNarrow.value) return choosingFor.value === null ? null : <Sheet {...props} />;
  return <aside class="metric-list" aria-label="Metrics"><Names {...props} /></aside>;
}
