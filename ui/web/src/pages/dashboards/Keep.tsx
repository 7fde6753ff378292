import { useSignal } from '@preact/signals';
import { explain, needs } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import { keeping, type Kept } from '../../lib/keep';
import { preset } from '../../lib/range';
import { bucketed, recognise } from '../../lib/promql';
import { Trouble } from '../../parts/Sentence';
import { Drawer } from './Drawer';
import { compact, freePlace } from './grid';
import { emptyDraft, newId, usualSize, wholePanel, type Draft, type Kind, type Query } from './model';
import { exprOf } from './QueryField';
import { addPanel, loadList, save } from './store';

const kindOf: Record<string, Kind> = { area: 'area', bars: 'bar', heatmap: 'heatmap', table: 'table', number: 'stat' };

/** A phrase of the builder keeps to the range; what was written by hand stays as it is. */
const queryOf = (expr: string): Query => {
  const phrase = recognise(expr);
  return { expr: phrase ? exprOf(phrase) : expr, legend: phrase?.by.map((label) => `{{${label}}}`).join(' · ') ?? '' };
};

/** The draft with one more panel. */
function withPanel(draft: Draft, { title, expr, further = [], view }: Kept): Draft {
  const phrase = recognise(expr), kind = kindOf[view || (phrase && bucketed(phrase.fn) ? 'bars' : '')] ?? 'line';
  const panel = wholePanel({ id: newId(draft.panels), title, kind, grid: freePlace(draft.panels, usualSize[kind]), queries: [expr, ...further].map(queryOf) });
  return { ...draft, panels: compact([...draft.panels, panel]) };
}

/** Keeps a chart: on a dashboard that is there, or on a new one. */
export function Keep() {
  const kept = keeping.value, list = useLoad(loadList, 0);
  const title = useSignal(kept?.title ?? ''), chosen = useSignal(''), name = useSignal('New dashboard');
  const busy = useSignal(false), saved = useSignal<{ id: string; title: string } | null>(null), error = useSignal<{ message: string; hint: string } | null>(null);
  if (!kept) return null;
  const close = (): void => { keeping.value = null; };
  const run = async (event: Event): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    error.value = null;
    const add = (draft: Draft): Draft => withPanel(draft, { ...kept, title: title.value.trim() || kept.title });
    try {
      saved.value = chosen.value ? await addPanel(chosen.value, add) : await save(add({ ...emptyDraft(name.value.trim() || 'New dashboard'), range: preset.peek() ?? '24h' }), null);
    } catch (cause) {
      error.value = explain(cause);
    }
    busy.value = false;
  };
  return (
    <Drawer title="Save to dashboard" close={close}>
      <form class="form" onSubmit={(event) => void run(event)}>
        <label class="field"><span>Title of the panel</span><input value={title.value} maxLength={300} onInput={(event) => { title.value = event.currentTarget.value; }} /></label>
        <label class="field"><span>Dashboard</span><select value={chosen.value} onChange={(event) => { chosen.value = event.currentTarget.value; }}>
          <option value="">A new one</option>{(list.data ?? []).map(({ id, title: each }) => <option key={id} value={id}>{each}</option>)}</select></label>
        {chosen.value === '' && <label class="field"><span>Its title</span><input value={name.value} maxLength={200} onInput={(event) => { name.value = event.currentTarget.value; }} /></label>}
        {(error.value ?? list.error) && <Trouble error={(error.value ?? list.error)!} />}
        {saved.value
          ? <p role="status">Saved. <a class="link" href={`/dashboards/${saved.value.id}`} onClick={close}>Open {saved.value.title}</a></p>
          : <button class="btn primary wide" {...needs('edit', busy.value)}>{busy.value ? 'Saving' : 'Save'}</button>}
      </form>
    </Drawer>
  );
}
