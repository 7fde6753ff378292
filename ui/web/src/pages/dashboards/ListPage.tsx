import { useSignal } from '@preact/signals';
import { can, explain, needs } from '../../lib/api';
import { useList, useLoad } from '../../lib/hooks';
import { useKey, useRowKeys } from '../../lib/rows';
import { navigate } from '../../lib/router';
import { gone, leave } from '../../lib/undo';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { Menu } from '../../parts/Menu';
import { Trouble } from '../../parts/Sentence';
import { Shell } from '../../parts/Shell';
import { Time } from '../../parts/Time';
import { Importing } from './Importing';
import type { Listed } from './model';
import { lastLooked, loadList, pin, remove } from './store';
import { templatesFor, type Template } from './templates';
import { Tiny } from './Tiny';
import { exportFile } from './ViewPage';

function Templates({ templates }: { templates: Template[] }) {
  if (templates.length === 0) return null;
  return (
    <section class="templates" aria-label="Made from what arrives">
      <h2 class="group-name">Made from what arrives</h2>
      <div class="tiles">{templates.map(({ id, title, text, draft }) => (
        <a class="card tile" key={id} href={`/dashboards/new?template=${id}`}>
          <Tiny shape={draft.panels.map(({ kind, grid }) => ({ kind, ...grid }))} />
          <span class="tile-words"><b>{title}</b><span class="mut small-text">{text}</span></span>
        </a>
      ))}</div>
    </section>
  );
}

interface TileProps { item: Listed; flipPin: (item: Listed) => void; tell: (doing: Promise<unknown>) => void }

function Tile({ item, flipPin, tell }: TileProps) {
  const looked = lastLooked(item.id), needs = can('edit') ? {} : { why: 'Needs the edit role' };
  const choices = [
    { name: item.pinned ? 'Unpin' : 'Pin to the sidebar', run: () => flipPin(item), ...needs },
    { name: 'Edit', href: `/dashboards/${item.id}/edit`, ...needs },
    { name: 'Make a copy', href: `/dashboards/new?copy=${encodeURIComponent(item.id)}`, ...needs },
    { name: 'Export as JSON', run: () => tell(exportFile(item.id, item.title)) },
    { name: 'Delete', run: () => leave(item.id, item.title, () => remove(item.id)), ...needs },
  ];
  return (
    <li class="card tile" data-id={item.id}>
      <Tiny shape={item.shape} />
      <span class="tile-words">
        <span class="tile-title"><a class="row-link" href={`/dashboards/${item.id}`}>{item.title}</a>{item.pinned && <span class="tag">pinned</span>}</span>
        <span class="mut small-text">{item.updated_by && `by ${item.updated_by}, `}{looked ? 'looked at' : 'saved'} <Time ms={looked ?? item.updated_ms} as="ago" /></span>
      </span>
      <Menu label={`More about ${item.title}`} choices={choices}><Icon name="more" /></Menu>
    </li>
  );
}

const byLooked = (a: Listed, b: Listed): number => Number(b.pinned) - Number(a.pinned) || (lastLooked(b.id) ?? 0) - (lastLooked(a.id) ?? 0) || a.title.localeCompare(b.title);

/** All dashboards: templates of what arrives first, then the pinned ones and what was looked at last. */
export function ListPage() {
  const list = useLoad(loadList, 0), metrics = useList<Metric>('/api/app/metrics', 0);
  const importing = useSignal(false), error = useSignal<{ message: string; hint: string } | null>(null);
  const items = (list.data ?? []).filter(({ id }) => !gone.value.has(id)).sort(byLooked);
  const templates = templatesFor(metrics.data ?? []).filter(({ title }) => !items.some((item) => item.title === title));
  const tell = (doing: Promise<unknown>): void => void doing.then(() => { error.value = null; }, (cause: unknown) => { error.value = explain(cause); });
  const flipPin = (item: Listed): void => tell(pin(item.id, !item.pinned).then(list.reload));
  const pinFocused = (): void => {
    const id = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset['id'], item = items.find((each) => each.id === id);
    if (item && can('edit')) flipPin(item);
  };
  useRowKeys();
  useKey('p', pinFocused, 'Pin the chosen dashboard, or unpin it');
  useKey('n', () => { if (can('edit')) navigate('/dashboards/new'); }, 'New dashboard');
  const actions = (
    <>
      <button type="button" class="btn not-phone" {...needs('edit')} onClick={() => { importing.value = true; }}>Import</button>
      <a class="btn primary not-phone" href="/dashboards/new" {...(can('edit') ? {} : { 'aria-disabled': true, title: 'Needs the edit role', 'aria-description': 'Needs the edit role' })}><Icon name="plus" size={14} />New</a>
    </>
  );
  return (
    <Shell title="Dashboards" actions={actions}>
      {(list.error ?? error.value) && <Trouble error={(list.error ?? error.value)!} {...(list.error ? { retry: list.reload } : {})} />}
      {list.data && items.length === 0 && <p class="empty">No dashboards yet. Overview may be all you need; <a class="link" href="/dashboards/new">make one</a> to keep a chart.</p>}
      {can('edit') && <Templates templates={templates} />}
      {items.length > 0 && <h2 class="group-name">Yours</h2>}
      <ul class="tiles">{items.map((item) => <Tile key={item.id} item={item} flipPin={flipPin} tell={tell} />)}</ul>
      {importing.value && <Importing close={() => { importing.value = false; }} />}
    </Shell>
  );
}
