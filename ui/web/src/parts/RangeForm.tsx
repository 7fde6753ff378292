import { useEffect, useRef, useState } from 'preact/hooks';
import { comparison, comparisonName, comparisons, compareWith } from '../lib/compare';
import { plainTime } from '../lib/format';
import { calendar, choosePreset, chooseRange, ends, preset, presets, rangeNow, readRange } from '../lib/range';
import { zoneName } from '../lib/zone';

/** How the present range would be typed. */
function typed(): { from: string; to: string } {
  const readable = (text: string, ms: number): string => (/^\d+$/.test(text) ? plainTime(ms) : text);
  const { fromMs, toMs } = rangeNow(), written = ends.peek();
  return written ? { from: readable(written.from, fromMs), to: readable(written.to, toMs) } : { from: `now-${preset.peek() ?? '24h'}`, to: 'now' };
}

interface EndProps { name: string; value: string; wrong: string | undefined; change: (text: string) => void; leave: () => void; first?: boolean }

function End({ name, value, wrong, change, leave, first }: EndProps) {
  const field = useRef<HTMLInputElement>(null), id = `range-${name.toLowerCase()}`;
  useEffect(() => { if (first) field.current?.select(); }, []);
  return (
    <div class="field"><label for={id}>{name}</label>
      <input ref={field} id={id} type="text" class="num" value={value} autocomplete="off" spellcheck={false} aria-invalid={wrong ? true : undefined} aria-describedby={`${id}-wrong`} onInput={(event) => change(event.currentTarget.value)} onBlur={leave} />
      <span class="wrong" id={`${id}-wrong`} role="alert">{wrong}</span>
    </div>
  );
}

/** Any range, typed or taken from the calendar, and what to compare it with. */
export function RangeForm({ shut }: { shut: (back: boolean) => void }) {
  const [{ from, to }, setEnds] = useState(typed), [checked, setChecked] = useState(false);
  const wrong = checked ? readRange(from, to).wrong : {};
  const box = useRef<HTMLDivElement>(null);
  const apply = (event: Event): void => {
    event.preventDefault();
    setChecked(true);
    const read = readRange(from, to);
    if (read.range) { chooseRange(from, to); shut(true); } else window.setTimeout(() => box.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };
  const touched = (): void => { if (from !== typed().from || to !== typed().to) setChecked(true); };
  return (
    <div class="popover" role="dialog" aria-label="Time range" ref={box} onFocusOut={(event) => { const next = event.relatedTarget as Node | null; if (next && !box.current?.parentElement?.contains(next)) shut(false); }}>
      <div class="presets"><div class="segments" role="group" aria-label="Until now">{presets.map((name) => <button type="button" key={name} aria-pressed={preset.value === name} onClick={() => { choosePreset(name); shut(true); }}>{name}</button>)}</div></div>
      <form class="form" onSubmit={apply} noValidate>
        <End name="From" first value={from} wrong={wrong.from} change={(text) => setEnds({ from: text, to })} leave={touched} />
        <End name="To" value={to} wrong={wrong.to} change={(text) => setEnds({ from, to: text })} leave={touched} />
        <p class="mut small-text"><code>now-3h</code>, <code>14:00</code>, <code>2026-11-20 14:00</code>, <code>20 Nov</code>. Times are of {zoneName()}. <a class="link" href="/settings/appearance">Change</a></p>
        <button type="submit" class="btn primary wide">Apply</button>
      </form>
      <ul class="quick" aria-label="Of the calendar">{calendar.map((each) => (
        <li key={each.name}><button type="button" aria-pressed={ends.value?.from === each.from && ends.value.to === each.to} onClick={() => { chooseRange(each.from, each.to); shut(true); }}>{each.name}</button></li>
      ))}</ul>
      <div class="versus"><span id="versus">Compare with</span>
        <div class="segments" role="group" aria-labelledby="versus">
          <button type="button" aria-pressed={comparison.value === null} onClick={() => compareWith(null)}>nothing</button>
          {comparisons.map((kind) => <button type="button" key={kind} aria-pressed={comparison.value === kind} onClick={() => compareWith(kind)}>{comparisonName(kind)}</button>)}
        </div>
      </div>
    </div>
  );
}
