import { useState } from 'preact/hooks';
import { api, can, explain, needs } from '../lib/api';
import { freshness } from '../lib/live';
import type { Episode, Silence } from '../lib/types';
import { Icon } from './icons';
import { Menu } from './Menu';
import { Time } from './Time';

const lengthMs = 36e5;

/** Silences what an episode is of, from now on: for an hour, unless `end` says something else. */
export const silenceHour = (name: string, end: Partial<Silence> = { ends_ms: Date.now() + lengthMs }): Promise<Silence> =>
  api<Silence>('/api/app/silences', { method: 'POST', body: { matchers: [{ name: 'alertname', op: '=', value: name }], starts_ms: Date.now(), comment: '', ...end } });

/** The silence that holds for an episode now, if there is one that was not ended here. */
const silenced = ({ mutes = [] }: Episode, ended: readonly string[]): string | undefined =>
  mutes.find(({ by, id, until_ms: until }) => by === 'silence' && until === null && !ended.includes(id))?.id;

function Until({ made }: { made: Silence | null }) {
  if (!made) return <>Silenced</>;
  return <>Silent until {made.until_episode ? 'it ends' : <Time ms={made.ends_ms} as="minute" />}</>;
}

/** Another length of time: its name, and what the silence then says of its end. */
export type Length = [name: string, end: (episode: Episode) => Partial<Silence>];

interface ButtonProps {
  episode: Episode;
  small?: boolean;
  /** Offered beside the hour. */
  lengths?: Length[];
}

/** One click, one hour; what it did stands in its place, and can be taken back. */
export function SilenceButton({ episode, small, lengths }: ButtonProps) {
  const [made, setMade] = useState<Silence | null>(null), [ended, setEnded] = useState<readonly string[]>([]), [wrong, setWrong] = useState('');
  const now = made?.id ?? silenced(episode, ended);
  const act = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      setWrong('');
      freshness.value++;
    } catch (error) {
      setWrong(explain(error).message);
    }
  };
  const end = async (): Promise<void> => {
    await api(`/api/app/silences/${now!}`, { method: 'DELETE' });
    setEnded([...ended, now!]);
    setMade(null);
  };
  if (wrong) return <span class="bad-text small-text" role="alert">{wrong}</span>;
  if (now) return <span class="silent-until small-text num"><Until made={made} /> <button type="button" class="link" {...needs('edit')} onClick={() => void act(end)}>{made ? 'Undo' : 'End it'}</button></span>;
  const hour = (
    <button type="button" class={`btn${small ? ' small' : ''}`} data-silence="" {...needs('edit')} aria-label={`Silence 1 h: ${episode.rule_name}`}
      onClick={() => void act(async () => setMade(await silenceHour(episode.rule_name)))}>Silence 1 h</button>
  );
  if (!lengths) return hour;
  const choices = lengths.map(([name, end]) => ({ name, run: () => void act(async () => setMade(await silenceHour(episode.rule_name, end(episode)))), ...(can('edit') ? {} : { why: 'Needs the edit role' }) }));
  return <span class="split">{hour}<Menu label={`Silence for another time: ${episode.rule_name}`} kind={`btn${small ? ' small' : ''}`} choices={choices}><Icon name="down" size={14} /></Menu></span>;
}
