import { useState } from 'preact/hooks';
import { api, can, explain, needs } from '../../lib/api';
import type { Episode } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { tagOf, type Note } from './near';

interface NotesProps { episode: Episode; notes: Note[]; reload: () => void }

/** What people found out, for whoever meets the alarm next. */
export function EpisodeNotes({ episode, notes, reload }: NotesProps) {
  const [text, setText] = useState(''), [busy, setBusy] = useState(false), [error, setError] = useState('');
  const shown = notes.filter(({ id }) => !gone.value.has(id));
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!text.trim()) return setError('Write what was found.');
    setBusy(true);
    try {
      await api('/api/app/annotations', { method: 'POST', body: { title: `Note on ${episode.rule_name}`.slice(0, 100), text: text.trim(), at_ms: episode.started_ms, tags: [tagOf(episode)] } });
      setText('');
      reload();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
    }
    setBusy(false);
  };
  const drop = ({ id }: Note): void => leave(id, 'The note', async () => { await api(`/api/app/annotations/${encodeURIComponent(id)}`, { method: 'DELETE' }); reload(); });
  return (
    <form class="card pad form notes" onSubmit={(event) => void save(event)} noValidate>
      <h2>Notes</h2>
      {shown.map((note) => <p key={note.id} class="note-text">{note.text}{can('edit') && <button type="button" class="link quiet" aria-label="Delete this note" onClick={() => drop(note)}>Delete</button>}</p>)}
      <label class="field"><span class="unseen">A note</span><textarea rows={2} value={text} maxLength={2000} placeholder="What it was, and what helped" {...needs('edit')} onInput={(event) => { setText(event.currentTarget.value); setError(''); }} /></label>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn small" {...needs('edit', busy)}>{busy ? 'Saving' : 'Keep note'}</button></div>
    </form>
  );
}
