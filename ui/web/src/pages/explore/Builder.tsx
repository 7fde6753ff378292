import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { build, fnLabel, functionsFor, tokens, type Filter, type Fn, type Phrase } from '../../lib/promql';
import type { Metric } from '../../lib/types';
import { Icon } from '../../parts/icons';
import { useLabels } from './labels';
import { AddFilter } from './AddFilter';
import { choosingFor, isNarrow } from './sheet';

interface BuilderProps {
  expr: string;
  phrase: Phrase | null;
  metric: Metric | undefined;
  metrics: Metric[];
  /** The parameter of the address that holds it. */
  slot: string;
  /** Where there are several queries: the letter of this one. */
  letter?: string | undefined;
  ask: (expr: string) => void;
  remove?: (() => void) | undefined;
}

interface PhraseProps {
  phrase: Phrase;
  metric: Metric | undefined;
  metrics: Metric[];
  show: (phrase: Phrase) => void;
  /** Where the list of metrics is elsewhere: opens it. */
  choose?: (() => void) | undefined;
}

const tops = [3, 5, 10, 20];

function ranked({ top: _, ...phrase }: Phrase, top: number): Phrase {
  return top > 0 ? { ...phrase, top } : phrase;
}

/** The question as a phrase, each word of it a control. */
export function PhraseRows({ phrase, metric, metrics, show, choose }: PhraseProps) {
  const labels = useLabels(phrase.metric);
  const offered = functionsFor(metric?.kind ?? 'untyped', phrase.metric);
  const functions = offered.includes(phrase.fn) ? offered : [phrase.fn, ...offered];
  const drop = (at: number): void => show({ ...phrase, filters: phrase.filters.filter((_, i) => i !== at) });
  const free = [...labels.keys()].filter((label) => !phrase.by.includes(label));
  const names = metrics.some(({ name }) => name === phrase.metric) ? metrics : [{ name: phrase.metric } as Metric, ...metrics];
  const swap = (name: string): void => {
    const next = metrics.find((other) => other.name === name);
    if (next) show({ metric: name, fn: functionsFor(next.kind, name).includes(phrase.fn) ? phrase.fn : functionsFor(next.kind, name)[0]!, filters: [], by: [] });
  };
  return (
    <>
      <div class="phrase">
        <span class="word">Show</span>
        <select class="pill" aria-label="Function" value={phrase.fn} onChange={(event) => show({ ...phrase, fn: event.currentTarget.value as Fn })}>
          {functions.map((fn) => <option key={fn} value={fn}>{fnLabel[fn]}</option>)}
        </select>
        <span class="word">of</span>
        {choose ? <button type="button" class="pill mono choose-metric" aria-haspopup="dialog" aria-label={`Metric ${phrase.metric}`} onClick={choose}><span>{phrase.metric}</span><Icon name="down" size={12} /></button> : (
          <select class="pill mono" aria-label="Metric" value={phrase.metric} onChange={(event) => swap(event.currentTarget.value)}>
            {names.map(({ name }) => <option key={name} value={name}>{name}</option>)}
          </select>
        )}
      </div>
      <div class="phrase">
        <span class="word">where</span>
        {phrase.filters.map(({ label, op, value }, i) => (
          <span class="chip mono" key={`${label}${op}${value}`}>{label} {op} {value}<button type="button" aria-label={`Remove ${label} ${op} ${value}`} onClick={() => drop(i)}><Icon name="cross" size={12} /></button></span>
        ))}
        <AddFilter labels={labels} add={(filter: Filter) => show({ ...phrase, filters: [...phrase.filters, filter] })} />
        <span class="word">by</span>
        {phrase.by.map((label) => (
          <span class="chip mono" key={label}>{label}<button type="button" aria-label={`Do not group by ${label}`} onClick={() => show({ ...phrase, by: phrase.by.filter((other) => other !== label) })}><Icon name="cross" size={12} /></button></span>
        ))}
        {(free.length > 0 || phrase.by.length === 0) && (
          <select class="pill add" aria-label="Group by" value="" disabled={free.length === 0} onChange={(event) => show({ ...phrase, by: [...phrase.by, event.currentTarget.value] })}>
            <option value="">{free.length ? 'label' : 'no labels'}</option>
            {free.map((label) => <option key={label} value={label}>{label}</option>)}
          </select>
        )}
        {(phrase.by.length > 0 || phrase.top) && <><span class="word">top</span>
          <select class="pill" aria-label="How many" value={phrase.top ?? ''} onChange={(event) => show(ranked(phrase, Number(event.currentTarget.value)))}>
            <option value="">all</option>{[...new Set([...tops, ...(phrase.top ? [phrase.top] : [])])].sort((a, b) => a - b).map((each) => <option key={each} value={each}>{each}</option>)}
          </select></>}
      </div>
    </>
  );
}

function Coloured({ expr }: { expr: string }) {
  return <code>{tokens(expr).map(({ text, kind }, i) => (kind === 'rest' ? text : kind === 'call' ? <b key={i}>{text}</b> : <i key={i}>{text}</i>))}</code>;
}

/** The question as a phrase, with the PromQL that it stands for under it. */
export function Builder({ slot, expr, phrase, metric, metrics, letter, ask, remove }: BuilderProps) {
  const [editing, setEditing] = useState(false), [text, setText] = useState(expr);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => { setText(expr); }, [expr]);
  useLayoutEffect(() => { if (editing) area.current?.focus(); }, [editing]);
  const open = editing || (expr !== '' && !phrase) || expr === '';
  const choose = (): void => { choosingFor.value = slot; };
  const run = (): void => { setEditing(false); ask(text.trim()); };
  return (
    <section class="card builder" aria-label={letter ? `Query ${letter}` : 'Query'}>
      {letter && <div class="letter-tag"><b aria-hidden="true">{letter}</b>{remove && <button type="button" class="icon-button" aria-label={`Remove query ${letter}`} onClick={remove}><Icon name="cross" size={12} /></button>}</div>}
      {phrase && <PhraseRows phrase={phrase} metric={metric} metrics={metrics} show={(next) => ask(build(next, '5m'))} choose={isNarrow.value ? choose : undefined} />}
      {!phrase && isNarrow.value && <button type="button" class="btn wide pick-metric" aria-haspopup="dialog" onClick={choose}>Pick a metric</button>}
      {!phrase && expr !== '' && <p class="phrase mut">Written by hand: it says more than the builder can.</p>}
      {open ? (
        <form class="promql" onSubmit={(event) => { event.preventDefault(); run(); }}>
          <textarea ref={area} class="mono" rows={Math.max(1, Math.min(6, text.split('\n').length + Math.floor(text.length / 90)))} value={text} spellcheck={false} aria-label="PromQL" placeholder="sum(rate(http_requests_total[5m]))"
            onInput={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); run(); } if (event.key === 'Escape') { setEditing(false); setText(expr); } }} />
          <button class="btn small">Run</button>
        </form>
      ) : (
        <div class="promql"><Coloured expr={expr} /><button type="button" class="link" onClick={() => setEditing(true)}>Edit as PromQL</button></div>
      )}
    </section>
  );
}
