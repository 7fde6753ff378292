import { build, fnLabel, functionsFor, recognise, type Filter, type Fn, type Phrase } from '../../lib/promql';
import type { Metric } from '../../lib/types';
import { useLabels, type LabelValues } from '../explore/labels';
import type { Draft } from './draft';

interface SubjectProps { draft: Draft; change: (part: Partial<Draft>) => void; metrics: Metric[] }

const opText: Record<Filter['op'], string> = { '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'does not match' };

function Where({ filter, labels, set }: { filter: Filter; labels: LabelValues; set: (filter: Filter | null) => void }) {
  const known = labels.get(filter.label) ?? [], values = known.includes(filter.value) ? known : [filter.value, ...known];
  return (
    <> where <span class="mono">{filter.label}</span> {opText[filter.op]} <select class="pill mono" aria-label={`Value of ${filter.label}`} value={filter.value}
      onChange={(event) => set(event.currentTarget.value === '' ? null : { ...filter, value: event.currentTarget.value })}>
      {values.map((value) => <option key={value} value={value}>{value}</option>)}<option value="">any {filter.label}</option></select></>
  );
}

function Filters({ phrase, say }: { phrase: Phrase; say: (phrase: Phrase) => void }) {
  const labels = useLabels(phrase.metric);
  const free = [...labels.keys()].filter((label) => !phrase.filters.some((filter) => filter.label === label));
  const put = (at: number, filter: Filter | null): void => say({ ...phrase, filters: phrase.filters.flatMap((each, i) => (i !== at ? [each] : filter ? [filter] : [])) });
  const add = (label: string): void => say({ ...phrase, filters: [...phrase.filters, { label, op: '=', value: labels.get(label)?.[0] ?? '' }] });
  return (
    <>
      {phrase.filters.map((filter, i) => <Where key={filter.label} filter={filter} labels={labels} set={(next) => put(i, next)} />)}{' '}
      {free.length > 0 && <><select class="pill add" aria-label="Only where" value="" onChange={(event) => add(event.currentTarget.value)}>
        <option value="">{phrase.filters.length ? 'and' : 'any'}</option>{free.map((label) => <option key={label} value={label}>{label}</option>)}</select>{' '}</>}
    </>
  );
}

/** What an alarm measures: function, metric and filters as words to change; what they cannot say is shown as it is written. */
export function Subject({ draft, change, metrics }: SubjectProps) {
  const phrase = recognise(draft.expr);
  const metric = metrics.find(({ name }) => name === phrase?.metric);
  const say = (next: Phrase, keepLine = false): void => change({ ...(keepLine ? {} : { threshold: null }), expr: build(next, '5m') });
  const pick = (name: string): void => {
    const next = metrics.find((each) => each.name === name);
    if (next) say({ metric: name, fn: functionsFor(next.kind, name)[0]!, filters: [], by: [] });
  };
  if (!phrase && draft.expr.trim())
    return <><button type="button" class="pill mono by-hand" title={draft.expr} onClick={() => document.getElementById('promql')?.focus()}>{draft.expr}</button>{' '}</>;
  const offered = functionsFor(metric?.kind ?? 'untyped', phrase?.metric);
  const functions = phrase && !offered.includes(phrase.fn) ? [phrase.fn, ...offered] : offered;
  const names = phrase && !metric ? [{ name: phrase.metric } as Metric, ...metrics] : metrics;
  return (
    <>
      {phrase && <><select class="pill" aria-label="Function" value={phrase.fn} onChange={(event) => say({ ...phrase, fn: event.currentTarget.value as Fn })}>
        {functions.map((fn) => <option key={fn} value={fn}>{fnLabel[fn]}</option>)}</select>{' of '}</>}
      <select class="pill mono" aria-label="Metric" value={phrase?.metric ?? ''} onChange={(event) => pick(event.currentTarget.value)}>
        {!phrase && <option value="">a metric</option>}
        {names.map(({ name }) => <option key={name} value={name}>{name}</option>)}
      </select>
      {phrase ? <Filters phrase={phrase} say={(next) => say(next, true)} /> : ' '}
    </>
  );
}
