import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, can, explain, inProject, type Page } from '../../lib/api';
import { isOwn } from '../../lib/blocks';
import { plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { onKey } from '../../lib/keys';
import { liveState } from '../../lib/live';
import { search, setSearch } from '../../lib/router';
import type { Key, Metric } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { ArrivalBody } from './ArrivalBody';
import type { Arrival, DeadLetter } from './types';
import { Time } from '../../parts/Time';

const kept = 200;
const identity = ({ at_ms, source, key_id }: Arrival): string => `${at_ms} ${source} ${key_id}`;

/** The newest first, each once: an arrival that goes on is told again with higher counts. */
const merged = (news: Arrival[], before: Arrival[]): Arrival[] => {
  const seen = new Set(news.map(identity));
  return [...news, ...before.filter((item) => !seen.has(identity(item)))].slice(0, kept);
};

function useArrivals(paused: boolean) {
  const [items, setItems] = useState<Arrival[] | null>(null), [sinceMs, setSinceMs] = useState(0);
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const held = useRef<Arrival[]>([]), isPaused = useRef(paused);
  isPaused.current = paused;
  const load = async (): Promise<void> => {
    try {
      const answer = await api<Page<Arrival> & { since_ms: number }>('/api/app/inbox?limit=100');
      setItems(answer.items);
      setSinceMs(answer.since_ms);
      setError(null);
    } catch (cause) {
      setError(explain(cause));
    }
  };
  useEffect(() => {
    void load();
    const source = new EventSource(inProject('/api/app/inbox/live'));
    source.addEventListener('arrival', (message) => {
      const item = JSON.parse((message as MessageEvent<string>).data) as Arrival;
      if (isPaused.current || liveState.value === 'paused') held.current = merged([item], held.current);
      else setItems((before) => merged([item], before ?? []));
    });
    const timer = window.setInterval(() => { if (!document.hidden && !isPaused.current) void load(); }, 5000);
    return () => { source.close(); window.clearInterval(timer); };
  }, []);
  useEffect(() => {
    if (paused) return;
    const news = held.current;
    held.current = [];
    if (news.length) setItems((before) => merged(news, before ?? []));
  }, [paused]);
  return { items, sinceMs, error, load, waiting: () => held.current.length };
}

/** The latest that was refused and speaks of a name: of what just came, else of the dead letters. */
function useRefusal(name: string, items: Arrival[]): { atMs: number; message: string } | null {
  const letters = useList<DeadLetter>(name.length < 2 ? '' : '/api/app/dead-letters?limit=100', 15_000).data ?? [];
  const arrival = items.find(({ error }) => error?.message.includes(name));
  if (arrival?.error) return { atMs: arrival.at_ms, message: arrival.error.message };
  const letter = letters.find(({ message, payload, payload_encoding: encoding, subject }) => message.includes(name) || subject === name || (encoding === 'utf-8' && payload.includes(name)));
  return letter ? { atMs: letter.at_ms, message: letter.message } : null;
}

/** Why do I not see my metric? Its name answers. */
function Answer({ text, items }: { text: string; items: Arrival[] }) {
  const metrics = useList<Metric>('/api/app/metrics', 15_000).data;
  const name = text.trim(), refused = useRefusal(name, items);
  if (!metrics || name.length < 2) return null;
  const known = metrics.find((metric) => metric.name === name) ?? metrics.find((metric) => metric.name.startsWith(name));
  if (refused && (!known || refused.atMs > known.last_ms)) return <p class="hint" role="status">Refused at <Time ms={refused.atMs} as="clock" /> because: {refused.message} <a class="link" href="/data/dead-letters">Dead letters</a></p>;
  if (known) return <p class="hint" role="status"><a class="mono" href={`/explore?m=${encodeURIComponent(known.name)}`}>{known.name}</a> last reported <Time ms={known.last_ms} as="clock" />, {plural(known.series, 'series', 'series')}.</p>;
  return <p class="hint" role="status">“{name}” was never seen. What was refused is under <a class="link" href="/data/dead-letters">Dead letters</a>.</p>;
}

/** What somebody sent, which is more than what the overview lists. */
const arrives = (name: string): boolean => isOwn(name) || /^(llm_|http_request)/.test(name);

/** An empty list is not all there ever was: what came before the start is on disk, and not in it. */
function Nothing({ sinceMs }: { sinceMs: number }) {
  const metrics = useList<Metric>('/api/app/metrics', 15_000).data;
  if (!metrics) return null;
  const last = metrics.filter(({ name }) => arrives(name)).reduce<Metric | null>((newest, metric) => (newest && newest.last_ms >= metric.last_ms ? newest : metric), null);
  if (!last) return <p class="empty">Nothing has arrived yet. Listening on {window.location.origin}.</p>;
  return <p class="empty">Nothing has arrived since Plimsoll started <Time ms={sinceMs} as="ago" />. The last sample before: <a class="link mono" href={`/explore?m=${encodeURIComponent(last.name)}`}>{last.name}</a>, <Time ms={last.last_ms} as="ago" />. Listening on {window.location.origin}.</p>;
}

function Came({ item }: { item: Arrival }) {
  return <>{item.sample && <span class="mono">{item.sample.series} = {typeof item.sample.value === 'number' ? Number(item.sample.value.toPrecision(6)) : item.sample.value}</span>}{item.error && <span class="bad-text">{item.sample ? ' ' : ''}{item.error.message}</span>}</>;
}

interface RowProps { item: Arrival; keys: Key[]; open: boolean; toggle: () => void }

function Row({ item, keys, open, toggle }: RowProps) {
  const key = keys.find(({ id }) => id === item.key_id);
  return (
    <>
      <tr class={item.has_body ? 'can-open' : ''} onClick={(event) => { if (item.has_body && !(event.target as Element).closest('button, a')) toggle(); }}>
        <td><Time ms={item.at_ms} as="clock" /></td>
        <td>{item.source}</td>
        <td class="mut not-phone">{key?.name ?? (item.key_id ? item.key_id.slice(0, 8) : 'no key')}</td>
        <td class="answer came">{item.has_body ? <button type="button" class="opens" aria-expanded={open} title="What came, and what it became" onClick={toggle}><Came item={item} /></button> : <Came item={item} />}</td>
        <td class="right num">{item.accepted > 0 && `${item.accepted} in`}{item.rejected > 0 && <span class="bad-text"> {item.rejected} refused</span>}</td>
      </tr>
      {open && <tr><td colSpan={5} class="opened"><ArrivalBody item={item} /></td></tr>}
    </>
  );
}

/** A live tail of what arrives, the newest on top. */
export function Inbox() {
  const [hovered, setHovered] = useState(false), [stopped, setStopped] = useState(false), [open, setOpen] = useState('');
  const { items, sinceMs, error, load } = useArrivals(hovered || stopped || open !== '');
  const keys = useList<Key>(can('admin') ? '/api/app/keys' : '', 0).data ?? [];
  const filter = search.value.get('q') ?? '';
  useLayoutEffect(() => onKey(' ', () => setStopped((was) => !was), 'Pause, and go on'), []);
  const shown = (items ?? []).filter(({ source, sample, error: failure }) => `${source} ${sample?.series ?? ''} ${failure?.message ?? ''}`.toLowerCase().includes(filter.toLowerCase()));
  // A table that goes while it is pointed at says nothing of the pointer leaving it.
  useEffect(() => { if (shown.length === 0) { setHovered(false); setOpen(''); } }, [shown.length === 0]);
  return (
    <section aria-label="What just arrived">
      <div class="filter-row"><label class="field grow"><span class="unseen">Filter</span><input type="search" value={filter} placeholder="Why do I not see my metric? Type its name" onInput={(event) => setSearch({ q: event.currentTarget.value })} /></label>
        <button type="button" class="btn" aria-pressed={stopped} onClick={() => setStopped(!stopped)}>{stopped ? 'Go on' : 'Pause'}</button></div>
      {error && <Trouble error={error} retry={() => void load()} />}
      <Answer text={filter} items={items ?? []} />
      {items && items.length === 0 && <Nothing sinceMs={sinceMs} />}
      {shown.length > 0 && (
        <div class="card" onMouseEnter={() => setHovered(true)} onMouseLeave={() => setHovered(false)}>
          <table class="table">
            <thead><tr><th scope="col">At</th><th scope="col">Through</th><th scope="col" class="not-phone">Key</th><th scope="col">For example</th><th scope="col" class="right">Result</th></tr></thead>
            <tbody>{shown.map((item) => <Row key={identity(item)} item={item} keys={keys} open={open === identity(item)} toggle={() => setOpen(open === identity(item) ? '' : identity(item))} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
