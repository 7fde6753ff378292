import { useState } from 'preact/hooks';
import { useSignalEffect } from '@preact/signals';
import { checkWord, firing, ofCheck, valueText } from '../../lib/alarms';
import { api, explain, type Page } from '../../lib/api';
import { utc, dateTime, lasting } from '../../lib/format';
import { useRowKeys } from '../../lib/rows';
import type { Episode } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';

/** Every firing, newest first. */
export function Episodes() {
  const [items, setItems] = useState<Episode[] | null>(null), [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<{ message: string; hint: string } | null>(null);
  const load = async (cursor: string | null): Promise<void> => {
    try {
      const page = await api<Page<Episode>>(`/api/app/episodes?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      setItems((before) => (cursor ? [...(before ?? []), ...page.items] : page.items));
      setNext(page.next_cursor);
      setError(null);
    } catch (cause) {
      setError(explain(cause));
    }
  };
  useSignalEffect(() => { void firing.value; void load(null); });
  useRowKeys();
  if (error && !items) return <Trouble error={error} retry={() => void load(null)} />;
  if (!items) return null;
  if (items.length === 0) return <p class="empty">No alarm has fired yet, and no check was down. What happens is kept here, with every message that was sent.</p>;
  return (
    <div class="card">
      <table class="table">
        <thead><tr><th scope="col">Alarm</th><th scope="col">Began</th><th scope="col" class="right">Lasted</th><th scope="col" class="right not-narrow">Peak</th><th scope="col" class="right not-phone">Line</th></tr></thead>
        <tbody>{items.map((episode) => (
          <tr key={episode.id}>
            <td><a class="row-link" href={`/alerts/episodes/${episode.id}`}>{episode.rule_name}</a>{episode.state === 'firing' && <span class="tag bad">now</span>}</td>
            <td class="num" title={utc(episode.started_ms)}>{dateTime(episode.started_ms)}</td>
            <td class="right num">{lasting((episode.ended_ms ?? Date.now()) - episode.started_ms)}</td>
            <td class="right num not-narrow">{ofCheck(episode) ? checkWord(episode) : valueText(episode, episode.peak)}</td>
            <td class="right num mut not-phone">{ofCheck(episode) ? '–' : valueText(episode, episode.threshold)}</td>
          </tr>
        ))}</tbody>
      </table>
      {next && <button type="button" class="more" onClick={() => void load(next)}>Older</button>}
    </div>
  );
}
