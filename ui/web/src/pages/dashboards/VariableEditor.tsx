import { useList } from '../../lib/hooks';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { useLabels } from '../explore/labels';
import { Drawer } from './Drawer';
import type { Draft, Variable } from './model';

interface OneProps { variable: Variable; at: number; metrics: Metric[]; wrong: string; change: (part: Partial<Variable>, about?: string) => void; remove: () => void }

const isWritten = ({ options, label_name }: Variable): boolean => !label_name && options !== undefined;

function LabelOf({ variable, metrics, change }: Pick<OneProps, 'variable' | 'metrics' | 'change'>) {
  const labels = [...useLabels(variable.metric ?? '').keys()], shown = variable.label_name && !labels.includes(variable.label_name) ? [variable.label_name, ...labels] : labels;
  return (
    <div class="two-fields">
      <label class="field"><span>Metric</span><input class="mono" list="variable-metrics" value={variable.metric ?? ''} spellcheck={false} onInput={(event) => change({ metric: event.currentTarget.value }, 'metric')} />
        <datalist id="variable-metrics">{metrics.slice(0, 500).map(({ name }) => <option key={name} value={name} />)}</datalist></label>
      <label class="field"><span>Label</span><select class="mono" value={variable.label_name ?? ''} onChange={(event) => change({ label_name: event.currentTarget.value })}><option value="">Choose</option>{shown.map((name) => <option key={name}>{name}</option>)}</select></label>
    </div>
  );
}

function One({ variable, at, metrics, wrong, change, remove }: OneProps) {
  const written = isWritten(variable);
  return (
    <fieldset class="query">
      <legend>{variable.name ? `$${variable.name}` : `Variable ${at + 1}`}</legend>
      <button type="button" class="icon-button" aria-label={`Remove ${variable.name || `variable ${at + 1}`}`} onClick={remove}><Icon name="cross" size={14} /></button>
      <div class="two-fields">
        <label class="field"><span>Name</span><input class="mono" value={variable.name} spellcheck={false} aria-invalid={wrong !== ''} onInput={(event) => change({ name: event.currentTarget.value }, 'name')} /></label>
        <label class="field"><span>Shown as</span><input value={variable.label} onInput={(event) => change({ label: event.currentTarget.value }, 'label')} /></label>
      </div>
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      <label class="field"><span>Values</span><select value={written ? 'written' : 'label'} onChange={(event) => change(event.currentTarget.value === 'written' ? { options: [], metric: '', label_name: '' } : { options: undefined, metric: variable.metric ?? '', label_name: '' } as Partial<Variable>)}>
        <option value="label">those of a label</option><option value="written">written here</option></select></label>
      {written
        ? <label class="field"><span>One on each line</span><textarea rows={4} value={(variable.options ?? []).join('\n')} onInput={(event) => change({ options: event.currentTarget.value.split('\n') }, 'options')} /></label>
        : <LabelOf variable={variable} metrics={metrics} change={change} />}
      <label class="field"><span>At first</span><input value={typeof variable.value === 'string' ? variable.value : variable.value.join(', ')} placeholder={variable.all ? 'all' : 'the first one'} onInput={(event) => change({ value: event.currentTarget.value }, 'value')} /></label>
      <label class="tick"><input type="checkbox" checked={variable.all} onChange={(event) => change({ all: event.currentTarget.checked })} />All, or several, may be chosen</label>
    </fieldset>
  );
}

/** What is wrong with a name, in words. */
export function wrongName(variables: readonly Variable[], at: number): string {
  const { name } = variables[at]!;
  if (name === '') return '';
  if (!/^(?!__)[A-Za-z_]\w{0,63}$/.test(name)) return 'Letters, digits and _, not beginning with a digit.';
  return variables.some((other, i) => i !== at && other.name === name) ? 'Another variable has this name.' : '';
}

/** The variables of a dashboard: in queries they stand as $name in the value of a label. */
export function VariableEditor({ draft, set, close }: { draft: Draft; set: (part: Partial<Draft>, about?: string) => void; close: () => void }) {
  const metrics = useList<Metric>('/api/app/metrics', 0).data ?? [], { variables } = draft;
  const change = (at: number, part: Partial<Variable>, about = ''): void => set({ variables: variables.map((each, i) => (i === at ? { ...each, ...part } : each)) }, about && `variable ${at} ${about}`);
  return (
    <Drawer title="Variables" close={close} foot={<><span class="grow" /><button type="button" class="btn" onClick={close}>Done</button></>}>
      <div class="form">
        <p class="mut">A variable is chosen above the panels. Write it as <code class="mono">$name</code> in the value of a label: <code class="mono">{'{host="$host"}'}</code></p>
        {variables.map((variable, i) => <One key={i} variable={variable} at={i} metrics={metrics} wrong={wrongName(variables, i)} change={(part, about) => change(i, part, about)} remove={() => set({ variables: variables.filter((_, other) => other !== i) })} />)}
        {variables.length < 20 && <button type="button" class="pill add" onClick={() => set({ variables: [...variables, { name: '', label: '', metric: '', label_name: '', value: '', all: true }] })}><Icon name="plus" size={12} />variable</button>}
      </div>
    </Drawer>
  );
}
