import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { api, can, explain, needs, type Page } from '../../lib/api';
import { plural } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { onKey } from '../../lib/keys';
import { leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';
import type { DeadLetter } from './types';

interface Group { code: string; source: string; letters: DeadLetter[] }

function grouped(letters: DeadLetter[]): Group[] {
  const groups = new Map<string, Group>();
  for (const letter of letters) {
    const key = `${letter.source} ${letter.code}`;
    const group = groups.get(key) ?? { code: letter.code, source: letter.source, letters: [] };
    group.letters.push(letter);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.letters.length - a.letters.length);
}

type Said = { text: string; bad: boolean } | null;

function Letter({ letter, reload }: { letter: DeadLetter; reload: () => void }) {
  const [payload, setPayload] = useState(letter.payload), [said, setSaid] = useState<Said>(null), [busy, setBusy] = useState(false);
  const editable = can('edit') && letter.payload_encoding === 'utf-8' && !letter.truncated;
  useEffect(() => {
    if (letter.payload_bytes > letter.payload.length)
      api<DeadLetter>(`/api/app/dead-letters/${letter.id}`).then((whole) => setPayload(whole.payload), () => undefined);
  }, []);
  const replay = async (): Promise<void> => {
    setBusy(true);
    try {
      if (payload !== letter.payload) await api(`/api/app/dead-letters/${letter.id}`, { method: 'PATCH', body: { payload } });
      const { status, answer } = await api<{ status: number; answer: unknown }>(`/api/app/dead-letters/${letter.id}/replay`, { method: 'POST', body: {} });
      const taken = status < 300;
      setSaid({ text: taken ? 'It was taken.' : typeof answer === 'string' ? answer : JSON.stringify(answer), bad: !taken });
      if (taken) window.setTimeout(reload, 800);
    } catch (cause) {
      const { message, hint } = explain(cause);
      setSaid({ text: `${message} ${hint}`, bad: true });
    }
    setBusy(false);
  };
  const remove = (): void => leave(letter.id, 'The dead letter', async () => { await api(`/api/app/dead-letters/${letter.id}`, { method: 'DELETE' }); reload(); });
  return (
    <div class="letter form">
      <p class="bad-text">{letter.message}{letter.more > 0 && <span class="mut"> and {letter.more} more of this request</span>}</p>
      <label class="field"><span>{letter.path || letter.source}, <Time ms={letter.at_ms} />{letter.edited && ', edited'}{letter.truncated && ', cut at 64 KiB: it cannot be sent again'}</span>
        <textarea class="mono" rows={Math.min(8, payload.split('\n').length + 1)} spellcheck={false} readOnly={!editable} value={payload} onInput={(event) => { setPayload(event.currentTarget.value); setSaid(null); }} /></label>
      {said && <p class={said.bad ? 'wrong' : 'ok-text'} role="status">{said.text}</p>}
      <div class="actions"><button type="button" class="btn small" {...needs('edit', busy || letter.truncated)} onClick={() => void replay()}>{busy ? 'Sending' : payload === letter.payload ? 'Replay' : 'Save and replay'}</button>
        <button type="button" class="btn small ghost" {...needs('edit')} onClick={remove}>Delete</button></div>
    </div>
  );
}

function GroupCard({ group, reload }: { group: Group; reload: () => void }) {
  const [open, setOpen] = useState(false), [said, setSaid] = useState<Said>(null), [busy, setBusy] = useState(false);
  const first = group.letters[0]!;
  const replayAll = async (): Promise<void> => {
    setBusy(true);
    try {
      const { replayed, failed, remaining } = await api<{ replayed: number; failed: { message: string }[]; remaining: number }>('/api/app/dead-letters/replay', { method: 'POST', body: { source: group.source, code: group.code } });
      setSaid({ text: `${replayed} taken, ${failed.length} refused again${remaining ? `, ${remaining} to go` : ''}.${failed[0] ? ` ${failed[0].message}` : ''}`, bad: failed.length > 0 });
      reload();
    } catch (cause) {
      setSaid({ text: explain(cause).message, bad: true });
    }
    setBusy(false);
  };
  return (
    <div class="card pad">
      <div class="channel-head"><h2>{group.code.replace(/_/g, ' ')}</h2><span class="tag">{group.source}</span><b class="num">{group.letters.length}</b><span class="grow" />
        <button type="button" class="btn small" data-replay="" {...needs('edit', busy)} onClick={() => void replayAll()}>{busy ? 'Sending' : 'Replay all'}</button>
        <button type="button" class="btn small ghost" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Close' : 'Look and fix'}</button></div>
      <p class="mut">{first.message}</p>
      {said && <p class={said.bad ? 'wrong' : 'ok-text'} role="status">{said.text}</p>}
      {open && group.letters.slice(0, 20).map((letter) => <Letter key={letter.id} letter={letter} reload={reload} />)}
      {open && group.letters.length > 20 && <p class="mut small-text">The newest 20 of {plural(group.letters.length, 'letter')}.</p>}
    </div>
  );
}

/** What was refused, by reason, to be put right and sent again. */
export function DeadLetters() {
  const { data, error, reload } = useLoad(() => api<Page<DeadLetter>>('/api/app/dead-letters?limit=500'), 10_000);
  useLayoutEffect(() => onKey('r', () => (document.activeElement?.closest('.card') ?? document).querySelector<HTMLElement>('[data-replay]')?.click(), 'Replay the first group, or the one in focus'), []);
  const groups = grouped(data?.items ?? []);
  return (
    <section class="stack" aria-label="Dead letters">
      {error && <Trouble error={error} retry={reload} />}
      {data && groups.length === 0 && <p class="empty">Nothing was refused. What is wrong with what is sent is kept here, with its reason, to be put right and sent again.</p>}
      {groups.map((group) => <GroupCard key={`${group.source} ${group.code}`} group={group} reload={reload} />)}
      {data?.next_cursor && <p class="mut">These are the newest 500.</p>}
    </section>
  );
}
