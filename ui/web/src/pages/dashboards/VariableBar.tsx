import { useEffect, useRef, useState } from 'preact/hooks';
import { fuzzy } from '../../lib/fuzzy';
import { setSearch } from '../../lib/router';
import type { Variable } from './model';
import type { Options } from './options';
import { searchFor, type Chosen, type Values } from './variables';

const words = (value: Chosen): string => (value === null ? 'all' : typeof value === 'string' ? value || '–' : value.length > 2 ? `${value.length} chosen` : value.join(', '));

interface ChoiceProps { variable: Variable; value: Chosen; known: readonly string[]; choose: (value: Chosen) => void }

/** One of several: a plain list. */
function One({ variable, value, known, choose }: ChoiceProps) {
  const shown = typeof value === 'string' && value !== '' && !known.includes(value) ? [value, ...known] : known;
  return (
    <select class="pill" aria-label={variable.label || variable.name} value={typeof value === 'string' ? value : ''} onChange={(event) => choose(event.currentTarget.value)}>
      {shown.length === 0 && <option value="">no values</option>}
      {shown.map((each) => <option key={each} value={each}>{each}</option>)}
    </select>
  );
}

const mostShown = 200;

/** Any number of several: a list of ticks, with All at its head. */
function Several({ variable, value, known, choose }: ChoiceProps) {
  const [open, setOpen] = useState(false), [text, setText] = useState('');
  const whole = useRef<HTMLSpanElement>(null), button = useRef<HTMLButtonElement>(null);
  const chosen = value === null ? [] : typeof value === 'string' ? [value] : value;
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => { if (!whole.current?.contains(event.target as Node)) setOpen(false); };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    return () => { document.removeEventListener('pointerdown', outside); document.removeEventListener('focusin', outside); };
  }, [open]);
  const tick = (name: string, on: boolean): void => {
    const next = on ? [...chosen, name] : chosen.filter((other) => other !== name);
    choose(next.length === 0 ? null : next.length === 1 ? next[0]! : next);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  return (
    <span class="choices" ref={whole} onKeyDown={pressed}>
      <button type="button" class="pill" ref={button} aria-expanded={open} aria-label={`${variable.label || variable.name}: ${words(value)}`} onClick={() => setOpen(!open)}>{words(value)}</button>
      {open && (
        <span class="choices-list ticks-list" role="group" aria-label={variable.label || variable.name}>
          {known.length > 12 && <input type="search" aria-label={`Search ${variable.label || variable.name}`} placeholder="Search" value={text} onInput={(event) => setText(event.currentTarget.value)} autofocus />}
          <label class="tick"><input type="checkbox" checked={value === null} onChange={() => choose(null)} />All</label>
          {fuzzy(text, [...known], (name) => name).slice(0, mostShown).map((name) => (
            <label class="tick" key={name}><input type="checkbox" checked={chosen.includes(name)} onChange={(event) => tick(name, event.currentTarget.checked)} /><span class="cut">{name || '(empty)'}</span></label>
          ))}
          {known.length === 0 && <span class="mut small-text">No values in this range.</span>}
        </span>
      )}
    </span>
  );
}

/** What the panels are about, to choose. What is chosen stands in the address. */
export function VariableBar({ variables, values, options }: { variables: readonly Variable[]; values: Values; options: Options }) {
  if (variables.length === 0) return null;
  return (
    <div class="variables">{variables.map((variable) => {
      const props = { variable, value: values[variable.name] ?? null, known: options[variable.name] ?? [], choose: (value: Chosen) => setSearch(searchFor(variable, value)) };
      return <span class="variable" key={variable.name}><span class="word" aria-hidden="true">{variable.label || variable.name}</span>{variable.all ? <Several {...props} /> : <One {...props} />}</span>;
    })}</div>
  );
}
