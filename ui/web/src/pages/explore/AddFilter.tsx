import { useState } from 'preact/hooks';
import type { Filter } from '../../lib/promql';
import { Icon } from '../../parts/icons';
import type { LabelValues } from './labels';

const ops: [Filter['op'], string][] = [['=', 'is'], ['!=', 'is not'], ['=~', 'matches'], ['!~', 'does not match']];

/** A filter is added in place: label, how, value. */
export function AddFilter({ labels, add }: { labels: LabelValues; add: (filter: Filter) => void }) {
  const [open, setOpen] = useState(false);
  const [label, setLabel] = useState(''), [op, setOp] = useState<Filter['op']>('='), [value, setValue] = useState('');
  const names = [...labels.keys()], chosen = label || names[0] || '';
  if (!open)
    return <button type="button" class="pill add" disabled={names.length === 0} onClick={() => setOpen(true)}><Icon name="plus" size={12} />filter</button>;
  const done = (event: Event): void => {
    event.preventDefault();
    if (value !== '' || op === '=' || op === '!=') add({ label: chosen, op, value });
    setOpen(false);
    setValue('');
  };
  return (
    <form class="add-filter" onSubmit={done} onKeyDown={(event) => { if (event.key === 'Escape') setOpen(false); }}>
      <select class="pill mono" aria-label="Label" value={chosen} onChange={(event) => setLabel(event.currentTarget.value)}>{names.map((name) => <option key={name}>{name}</option>)}</select>
      <select class="pill" aria-label="How" value={op} onChange={(event) => setOp(event.currentTarget.value as Filter['op'])}>{ops.map(([sign, text]) => <option key={sign} value={sign}>{text}</option>)}</select>
      <input class="pill mono" list="filter-values" aria-label="Value" value={value} autofocus onInput={(event) => setValue(event.currentTarget.value)} />
      <datalist id="filter-values">{(labels.get(chosen) ?? []).slice(0, 500).map((known) => <option key={known} value={known} />)}</datalist>
      <button class="btn small">Add</button>
    </form>
  );
}
