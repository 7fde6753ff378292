import { useEffect, useRef } from 'preact/hooks';
import { comparison, comparisonName, compareWith } from '../lib/compare';
import { spanText, utc } from '../lib/format';
import { rangeOpen } from '../lib/keys';
import { calendar, choosePreset, ends, preset, presets, rangeNow, unzoom } from '../lib/range';
import { path } from '../lib/router';
import { Icon } from './icons';
import { lazy } from './lazy';

/** Another page begins with the form closed; the same one may be built anew beneath it. */
path.subscribe(() => { rangeOpen.value = false; });

const RangeForm = lazy(async () => (await import('./RangeForm')).RangeForm);

/** "Yesterday", "last 3 h", or both ends. */
function rangeText(): string {
  const written = ends.value;
  if (!written) return '';
  const named = calendar.find(({ from, to }) => from === written.from && to === written.to);
  if (named) return named.name;
  const back = written.to === 'now' ? /^now-(\d+)([smhdw])$/.exec(written.from) : null;
  if (back) return `last ${back[1]}\u00a0${back[2] === 'm' ? 'min' : back[2]}`;
  const { fromMs, toMs } = rangeNow();
  return spanText(fromMs, toMs);
}

function Compared() {
  const kind = comparison.value;
  if (!kind) return null;
  return (
    <button type="button" class="compared not-phone" onClick={() => compareWith(null)} title="Stop comparing" aria-label={`Compared with ${comparisonName(kind)}. Stop comparing`}>
      <i aria-hidden="true" />{comparisonName(kind)}<Icon name="cross" size={12} />
    </button>
  );
}

/** The time range of the page: presets, any other, and what it is compared with. */
export function RangePicker() {
  const box = useRef<HTMLDivElement>(null), opener = useRef<HTMLButtonElement>(null);
  const open = rangeOpen.value, custom = rangeText(), { fromMs, toMs } = rangeNow();
  const shut = (back: boolean): void => { rangeOpen.value = false; if (back) opener.current?.focus(); };
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event): void => { if (!box.current?.contains(event.target as Node)) shut(false); };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  return (
    <div class={`range${custom ? ' custom' : ''}`} ref={box} onKeyDown={(event) => { if (open && event.key === 'Escape') { event.stopPropagation(); shut(true); } }}>
      <Compared />
      {custom && <button type="button" class="icon-button back" onClick={unzoom} title="Back (Esc)" aria-label="Back to the range before"><Icon name="cross" size={12} /></button>}
      <div class="segments" role="group" aria-label="Time range">
        {presets.map((name) => <button type="button" key={name} aria-pressed={preset.value === name} onClick={() => choosePreset(name)}>{name}</button>)}
        <button type="button" ref={opener} class="other num" aria-haspopup="dialog" aria-expanded={open} aria-pressed={custom !== ''} title={custom ? `${utc(fromMs)} – ${utc(toMs)}` : 'Another range, or compare (t 0)'}
          aria-label={custom ? undefined : 'Another range'} onClick={() => { rangeOpen.value = !open; }}>
          {custom && <span>{custom}</span>}<svg class="icon" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d="m2 3.5 3 3 3-3" /></svg>
        </button>
      </div>
      {open && <RangeForm shut={shut} />}
    </div>
  );
}
