import { useState } from 'preact/hooks';
import { useSignalEffect } from '@preact/signals';
import { checkWord, firing, ofCheck, valueText } from '../../lib/alarms';
import { api, explain, type Page } from '../../lib/api';
import { isoOf } from '../../lib/csv';
import { lasting } from '../../lib/format';
import type { Episode } from '../../lib/types';
import { Trouble } from '../../parts/Sentence';
import { Table, type Column } from '../../parts/Table';
import { Time } from '../../parts/Time';

const lastedMs = ({ started_ms: began, ended_ms: ended }: Episode): number => (ended ?? Date.now()) - began;
const peakText = (episode: Episode): string => (ofCheck(episode) ? checkWord(episode) : valueText(episode, episode.peak));
const nameOf = ({ rule_name: name, state }: Episode) => <>{name}{state === 'firing' && <span class="tag bad">now</span>}</>;
const hrefOf = ({ id }: Episode): string => `/alerts/episodes/${id}`;

const columns: Column<Episode>[] = [
  { id: 'alarm', name: 'Alarm', up: true, value: ({ rule_name }) => rule_name, cell: nameOf },
  { id: 'began', name: 'Began', class: 'num', value: ({ started_ms }) => started_ms, file: ({ started_ms }) => isoOf(started_ms), cell: ({ started_ms }) => <Time ms={started_ms} /> },
  { id: 'ended', name: 'Ended', filed: true, value: ({ ended_ms }) => isoOf(ended_ms) },
  { id: 'lasted', name: 'Lasted', right: true, value: lastedMs, file: (episode) => lasting(lastedMs(episode)), cell: (episode) => lasting(lastedMs(episode)) },
  { id: 'peak', name: 'Peak', right: true, value: (episode) => (ofCheck(episode) ? null : episode.peak ?? null), file: (episode) => (ofCheck(episode) ? checkWord(episode) : episode.peak ?? null), cell: peakText },
  { id: 'line', name: 'Line', right: true, class: 'mut', value: (episode) => (ofCheck(episode) ? null : episode.threshold ?? null), cell: (episode) => (ofCheck(episode) ? null : valueText(episode, episode.threshold)) },
];

const Card = (episode: Episode) => (
  <a class="row-card" href={hrefOf(episode)}>
    <b>{nameOf(episode)}</b><span class="num right">{peakText(episode)}</span>
    <span class="mut num"><Time ms={episode.started_ms} />, {lasting(lastedMs(episode))}</span>{!ofCheck(episode) && <span class="mut num right">line {valueText(episode, episode.threshold)}</span>}
  </a>
);

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
  if (error && !items) return <Trouble error={error} retry={() => void load(null)} />;
  if (!items) return null;
  if (items.length === 0) return <p class="empty">No alarm has fired yet, and no check was down. What happens is kept here, with every message that was sent.</p>;
  return (
    <div class="card">
      <Table name="Episodes" keys columns={columns} rows={items} rowKey={({ id }) => id} href={hrefOf} usual={{ by: 'began', up: false }} card={Card} note={next && 'the latest; Older brings more'} />
      {next && <button type="button" class="more" onClick={() => void load(next)}>Older</button>}
    </div>
  );
}
