import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { can, explain, needs } from '../lib/api';
import { plainTime, utc } from '../lib/format';
import { addMark, marking } from '../lib/marks';
import { readWhen } from '../lib/when';

/** A line at the foot of the page that marks a moment on all charts. */
export function MarkForm() {
  const [title, setTitle] = useState(''), [at, setAt] = useState(() => plainTime(marking.peek() ?? Date.now()));
  const [wrong, setWrong] = useState(''), [saving, setSaving] = useState(false);
  const field = useRef<HTMLInputElement>(null), before = useRef(document.activeElement as HTMLElement | null);
  useLayoutEffect(() => { field.current?.focus(); }, []);
  const shut = (): void => { marking.value = null; before.current?.focus?.(); };
  const editor = can('edit'), when = readWhen(at, Date.now());
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!title.trim()) { setWrong('Write what happened.'); return field.current?.focus(); }
    if (!when) return setWrong(`“${at}” is no time. Try 14:00 or 2026-11-20 14:00.`);
    setSaving(true);
    try {
      await addMark(title.trim(), when.ms);
      shut();
    } catch (error) {
      const { message, hint } = explain(error);
      setWrong(`${message} ${hint}`.trim());
    } finally {
      setSaving(false);
    }
  };
  return (
    <div class="mark-form" role="dialog" aria-label="Mark this moment"><form noValidate onSubmit={(event) => void save(event)} onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); shut(); } }}>
      <label class="field grow"><span>What happened</span><input ref={field} type="text" value={title} maxLength={200} placeholder="Cache warmed up" aria-invalid={wrong && !title.trim() ? true : undefined} aria-describedby="mark-wrong" onInput={(event) => setTitle(event.currentTarget.value)} /></label>
      <label class="field"><span>At</span><input type="text" class="num" value={at} title={when ? utc(when.ms) : undefined} aria-invalid={when ? undefined : true} onInput={(event) => setAt(event.currentTarget.value)} /></label>
      <button type="submit" class="btn primary" {...needs('edit', saving)}>Mark it</button>
      <button type="button" class="btn ghost" onClick={shut}>Cancel</button>
      <p class="wrong" id="mark-wrong" role="alert">{editor ? wrong : 'Needs the edit role.'}</p>
    </form></div>
  );
}
