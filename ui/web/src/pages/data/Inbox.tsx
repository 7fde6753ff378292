import { useEffect, useRef, useState } from 'preact/hooks';
import { api, explain, inProject, type Page } from '../../lib/api';
import { clock, plural } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { onKey } from '../../lib/keys';
import { liveState } from '../../lib/live';
import { search, setSearch } from '../../lib/router';
import type { Key, Metric } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import type { Arrival } from './types';

const kept = 200;
const identity = ({ at_ms, source, key_id }: Arrival): string => `${at_ms} ${source} ${key_id}`;

/** The newest first, each once: an arrival that goes on is told again with higher counts. */
const merged = (news: Arrival[], before: Arrival[]): Arrival[] => {
  const seen = new Set(news.map(identity));
  return [...news, ...before.filter((item) => !seen.has(identity(item)))].slice(0, kept);
};

function useArrivals(paused: boolean) {
  const [items, setItems] = useState<Arrival[] | null>(null);
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const held = useRef<Arrival[]>([]), isPaused = useRef(paused);
  isPaused.current = paused;
  const load = async (): Promise<void> => {
    try {
      setItems((await api<Page<Arrival>>('/api/app/inbox?limit=100')).items);
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
  return { items, error, load, waiting: () => held.current.length };
}

/** Why do I not see my metric? Typing its name answers. */
function Answer({ text, items }: { text: string; items: Arrival[] }) {
  const metrics = useList<Metric>('/api/app/metrics', 15_000).data;
  const name = text.trim();
  if (!metrics || name.length < 2) return null;
  const known = metrics.find((metric) => metric.name === name) ?? metrics.find((metric) => metric.name.startsWith(name));
  const refused = items.find(({ error }) => error?.message.includes(name));
  if (refused?.error) return <p class="hint" role="status">Refused at {clock(refused.at_ms, true)}: {refused.error.message}</p>;
  if (known) return <p class="hint" role="status"><a class="mono" href={`/explore?m=${encodeURIComponent(known.name)}`}>{known.name}</a> last reported {clock(known.last_ms, true)}, {plural(known.series, 'series', 'series')}.</p>;
  return <p class="hint" role="status">“{name}” was never seen. What was refused is under <a class="link" href="/data/dead-letters">Dead letters</a>.</p>;
}

function Row({ item, keys }: { item: Arrival; keys: Key[] }) {
  const key = keys.find(({ id }) => id === item.key_id);
  return (
    <tr>
      <td class="num">{clock(item.at_ms, true)}</td>
      <td>{item.source}</td>
      <td class="mut not-phone">{key?.name ?? (item.key_id ? item.key_id.slice(0, 8) : 'no key')}</td>
      <td class="answer">{item.sample && <span class="mono">{item.sample.series} = {item.sample.value}</span>}{item.error && <span class="bad-text">{item.sample ? ' ' : ''}{item.error.message}</span>}</td>
      <td class="right num">{item.accepted > 0 && `${item.accepted} in`}{item.rejected > 0 && <span class="bad-text"> {item.rejected} refused</span>}</td>
    </tr>
  );
}

/** A live tail of what arrives, the newest on top. */
export function Inbox() {
  const [hovered, setHovered] = useState(false), [stopped, setStopped] = useState(false);
  const { items, error, load } = useArrivals(hovered || stopped);
  const keys = useList<Key>('/api/app/keys', 0).data ?? [];
  const filter = search.value.get('q') ?? '';
  useEffect(() => onKey(' ', () => setStopped((was) => !was)), []);
  const shown = (items ?? []).filter(({ source, sample, error: failure }) => `${source} ${sample?.series ?? ''} ${failure?.message ?? ''}`.toLowerCase().includes(filter.toLowerCase()));
  return (
    <section aria-label="What just arrived">
      <div class="filter-row"><label class="field grow"><span class="unseen">Filter</span><input type="search" value={filter} placeholder="Why do I not see my metric? Type its name" onInput={(event) => setSearch({ q: event.currentTarget.value })} /></label>
        <button type="button" class="btn" aria-pressed={stopped} onClick={() => setStopped(!stopped)}>{stopped ? 'Go on' : 'Pause'}</button></div>
      {error && <Trouble error={error} retry={() => void load()} />}
      <Answer text={filter} items={items ?? []} />
      {items && items.length === 0 && <p class="empty">Nothing has arrived yet. Listening on {window.location.origin}.</p>}
      {shown.length > 0 && (
        <div class="card" onMouseEnter={() => setHovered(true)} onMouseLeave={() => setHovered(false)}>
          <table class="table">
            <thead><tr><th scope="col">At</th><th scope="col">Through</th><th scope="col" class="not-phone">Key</th><th scope="col">For example</th><th scope="col" class="right">Result</th></tr></thead>
            <tbody>{shown.map((item) => <Row key={identity(item)} item={item} keys={keys} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
