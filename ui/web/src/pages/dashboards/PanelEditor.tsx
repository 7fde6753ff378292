import { useState } from 'preact/hooks';
import { format, parseQuantity } from '../../lib/format';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { Drawer } from './Drawer';
import { kinds, type Kind, type PanelModel, type Threshold } from './model';
import { QueryField } from './QueryField';
import { unitChoices, unitOfPanel } from './units';

interface NumberProps { label: string; value: number | null; unit: ReturnType<typeof unitOfPanel>; empty?: string; change: (value: number | null) => void }

/** A number in the unit of the panel, as people write it. */
function NumberField({ label, value, unit, empty = '', change }: NumberProps) {
  const [text, setText] = useState<string | null>(null), [wrong, setWrong] = useState(false);
  const put = (): void => {
    if (text === null) return;
    const read = text.trim() === '' ? null : parseQuantity(text, unit);
    setWrong(read === null && text.trim() !== '');
    if (read === null && text.trim() !== '') return;
    change(read);
    setText(null);
  };
  return (
    <label class="field"><span>{label}</span>
      <input value={text ?? (value === null ? '' : format(value, unit))} placeholder={empty} aria-invalid={wrong} onInput={(event) => setText(event.currentTarget.value)} onBlur={put} onKeyDown={(event) => { if (event.key === 'Enter') put(); }} />
      {wrong && <small class="wrong" role="alert">A number, such as {format(0.5, unit)}.</small>}
    </label>
  );
}

function Thresholds({ panel, change }: { panel: PanelModel; change: (thresholds: Threshold[]) => void }) {
  const unit = unitOfPanel(panel), { thresholds } = panel;
  const set = (at: number, part: Partial<Threshold>): void => change(thresholds.map((each, i) => (i === at ? { ...each, ...part } : each)));
  return (
    <fieldset class="thresholds"><legend>Lines</legend>
      {thresholds.map(({ value, op, severity }, i) => (
        <div class="threshold" key={i}>
          <NumberField label={`Line ${i + 1}`} value={value} unit={unit} change={(next) => { if (next !== null) set(i, { value: next }); }} />
          <label class="field"><span>Bad when</span><select value={op} onChange={(event) => set(i, { op: event.currentTarget.value as Threshold['op'] })}><option value=">">above</option><option value="<">below</option></select></label>
          <label class="field"><span>Is</span><select value={severity} onChange={(event) => set(i, { severity: event.currentTarget.value as Threshold['severity'] })}><option value="warning">warning</option><option value="critical">critical</option></select></label>
          <button type="button" class="icon-button" aria-label={`Remove line ${i + 1}`} onClick={() => change(thresholds.filter((_, other) => other !== i))}><Icon name="cross" size={14} /></button>
        </div>
      ))}
      <button type="button" class="pill add" onClick={() => change([...thresholds, { value: thresholds.length ? thresholds[thresholds.length - 1]!.value * 1.25 : unit.kind === 'ratio' ? 0.9 : unit.kind === 'percent' ? 90 : 1, op: thresholds[thresholds.length - 1]?.op ?? '>', severity: 'critical' }])}><Icon name="plus" size={12} />line</button>
    </fieldset>
  );
}

interface EditorProps {
  panel: PanelModel;
  metrics: Metric[];
  change: (part: Partial<PanelModel>, about?: string) => void;
  copy: () => void;
  drop: () => void;
  close: () => void;
}

/** One panel in a drawer; the panel itself, beside it, is the preview. */
export function PanelEditor({ panel, metrics, change, copy, drop, close }: EditorProps) {
  const { queries, kind } = panel, unit = unitOfPanel(panel);
  const foot = <><button type="button" class="btn" onClick={copy}>Duplicate</button><button type="button" class="btn" onClick={drop}>Delete</button><span class="grow" /><button type="button" class="btn" onClick={close}>Done</button></>;
  return (
    <Drawer title={panel.title || 'Panel'} close={close} foot={foot}>
      <div class="form">
        <label class="field"><span>Title</span><input value={panel.title} maxLength={300} onInput={(event) => change({ title: event.currentTarget.value }, `title ${panel.id}`)} /></label>
        <div class="two-fields">
          <label class="field"><span>Kind</span><select value={kind} onChange={(event) => change({ kind: event.currentTarget.value as Kind })}>{kinds.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</select></label>
          <label class="field"><span>Unit</span><select value={panel.unit} onChange={(event) => change({ unit: event.currentTarget.value })}>{unitChoices.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
            {!unitChoices.some(([value]) => value === panel.unit) && <option value={panel.unit}>{panel.unit}</option>}</select></label>
        </div>
        {kind === 'area' && <label class="tick"><input type="checkbox" checked={panel.stacked} onChange={(event) => change({ stacked: event.currentTarget.checked })} />Stacked</label>}
        {queries.map((query, i) => (
          <QueryField key={i} query={query} at={i} metrics={metrics} remove={queries.length > 1 ? () => change({ queries: queries.filter((_, other) => other !== i) }) : null}
            change={(next, about) => change({ queries: queries.map((each, other) => (other === i ? next : each)) }, `${about} ${panel.id}`)} />
        ))}
        {kind !== 'heatmap' && queries.length < 26 && <button type="button" class="pill add" onClick={() => change({ queries: [...queries, { expr: '', legend: '' }] })}><Icon name="plus" size={12} />query</button>}
        {kind !== 'table' && kind !== 'heatmap' && <Thresholds panel={panel} change={(thresholds) => change({ thresholds })} />}
        {['line', 'area', 'bar', 'gauge'].includes(kind) && (
          <div class="two-fields"><NumberField label="Lowest" value={panel.min} unit={unit} empty="what fits" change={(min) => change({ min })} /><NumberField label="Highest" value={panel.max} unit={unit} empty="what fits" change={(max) => change({ max })} /></div>
        )}
      </div>
    </Drawer>
  );
}
