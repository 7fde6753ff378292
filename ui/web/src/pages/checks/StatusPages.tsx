import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { useList } from '../../lib/hooks';
import type { Check } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { CopyButton } from '../../parts/CopyButton';
import { Mark } from '../../parts/icons';
import { Trouble } from '../../parts/Sentence';
import { Bars } from './Bars';
import type { History } from './history';

interface StatusPage { id: string; title: string; slug: string; url: string; text: string; checks: string[]; names: Record<string, string>; public: boolean; time_zone: string }

const slugOf = (title: string): string => title.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63);

interface FormProps { page: StatusPage | null; checks: Check[]; done: () => void }

function PageForm({ page, checks, done }: FormProps) {
  const [title, setTitle] = useState(page?.title ?? ''), [slug, setSlug] = useState(page?.slug ?? ''), [text, setText] = useState(page?.text ?? '');
  const [chosen, setChosen] = useState<string[]>(page?.checks ?? []), [names, setNames] = useState<Record<string, string>>(page?.names ?? {}), [open, setOpen] = useState(page?.public ?? true);
  const [error, setError] = useState(''), [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = {
        title: title.trim(), slug: slug.trim() || slugOf(title), text, checks: chosen, public: open, time_zone: page?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
        names: Object.fromEntries(Object.entries(names).filter(([id, name]) => chosen.includes(id) && name.trim())),
      };
      await api(page ? `/api/app/status-pages/${page.id}` : '/api/app/status-pages', { method: page ? 'PUT' : 'POST', body });
      done();
    } catch (cause) {
      const { message, hint } = explain(cause);
      setError(`${message} ${hint}`.trim());
      setBusy(false);
    }
  };
  return (
    <form class="card pad form" onSubmit={(event) => void submit(event)} noValidate>
      <h2>{page ? `Change ${page.title}` : 'New status page'}</h2>
      <div class="row-form even">
        <label class="field"><span>Title</span><input value={title} maxLength={200} placeholder="Example" onInput={(event) => { setTitle(event.currentTarget.value); setError(''); }} /></label>
        <label class="field"><span>Address</span><input class="mono" value={slug} placeholder={slugOf(title) || 'example'} spellcheck={false} onInput={(event) => { setSlug(event.currentTarget.value); setError(''); }} /><small class="mut">/status/{slug || slugOf(title) || 'example'}</small></label>
      </div>
      <label class="field"><span>Said under the title</span><input value={text} maxLength={1000} onInput={(event) => setText(event.currentTarget.value)} /></label>
      <fieldset class="shown-checks"><legend>What it shows, and under which name</legend>
        {checks.map(({ id, name }) => (
          <div key={id}><label class="tick"><input type="checkbox" checked={chosen.includes(id)} onChange={(event) => setChosen(event.currentTarget.checked ? [...chosen, id] : chosen.filter((other) => other !== id))} />{name}</label>
            {chosen.includes(id) && <input value={names[id] ?? ''} placeholder={name} aria-label={`Public name of ${name}`} onInput={(event) => setNames({ ...names, [id]: event.currentTarget.value })} />}</div>
        ))}
      </fieldset>
      <label class="tick"><input type="checkbox" checked={open} onChange={(event) => setOpen(event.currentTarget.checked)} />Everybody may see it; it shows these names and nothing else about your systems</label>
      <p class="wrong" role="alert">{error}</p>
      <div class="actions"><button class="btn primary" {...needs('edit', busy)}>{busy ? 'Saving' : page ? 'Save' : 'Make page'}</button><button type="button" class="btn ghost" onClick={done}>Cancel</button></div>
    </form>
  );
}

const previewDays = 30;

/** What the public sees, in small. */
function Preview({ page, checks, histories }: { page: StatusPage; checks: Check[]; histories: Map<string, History> | null }) {
  const shown = page.checks.flatMap((id) => checks.filter((check) => check.id === id));
  const bad = shown.filter(({ state }) => state === 'down').length, slow = shown.filter(({ state }) => state === 'degraded').length;
  return (
    <div class="preview" aria-label={`Preview of ${page.title}`} role="group">
      <p class="preview-head"><Mark tone={bad ? 'bad' : slow ? 'warn' : 'ok'} size={20} /><b>{page.title} {bad ? 'has trouble' : slow ? 'is slow' : 'is working'}</b></p>
      {shown.slice(0, 8).map((check) => {
        const days = histories?.get(check.id)?.days.slice(-previewDays);
        return <p key={check.id} class="preview-row"><span>{page.names[check.id] || check.name}</span>{days && <Bars days={days} name={page.names[check.id] || check.name} />}</p>;
      })}
    </div>
  );
}

/** The pages that others look at. */
export function StatusPages({ checks, histories }: { checks: Check[]; histories: Map<string, History> | null }) {
  const { data, error, reload } = useList<StatusPage>('/api/app/status-pages?limit=100', 60_000);
  const [editing, setEditing] = useState<string | null>(null);
  const pages = (data ?? []).filter(({ id }) => !gone.value.has(id));
  const done = (): void => { setEditing(null); reload(); };
  const remove = ({ id, title }: StatusPage): void => leave(id, `Status page ${title}`, async () => { await api(`/api/app/status-pages/${id}`, { method: 'DELETE' }); reload(); });
  if (editing !== null) return <PageForm key={editing} page={pages.find(({ id }) => id === editing) ?? null} checks={checks} done={done} />;
  return (
    <div class="card pad">
      <div class="channel-head"><h2>Status pages</h2><span class="grow" /><button type="button" class="link" {...needs('edit')} onClick={() => setEditing('')}>New page</button></div>
      {error && <Trouble error={error} retry={reload} />}
      {data && pages.length === 0 && <p class="mut">A page for your users: your checks under the names you choose, 90 days, incidents, a feed and a badge.</p>}
      {pages.map((page) => (
        <div key={page.id} class="status-page">
          <p><a href={page.url} target="_blank" rel="noreferrer"><b>{page.title}</b></a><span class="tag">{page.public ? 'public' : 'for readers'}</span></p>
          <p class="mono mut">{page.url}</p>
          <Preview page={page} checks={checks} histories={histories} />
          <div class="actions"><button type="button" class="btn small" {...needs('edit')} onClick={() => setEditing(page.id)}>Edit</button>
            <CopyButton text={() => `![${page.title}](${window.location.origin}${page.url}/badge.svg)`} label="Copy badge" /><button type="button" class="btn small ghost" {...needs('edit')} aria-label={`Delete ${page.title}`} onClick={() => remove(page)}>Delete</button></div>
        </div>
      ))}
    </div>
  );
}
