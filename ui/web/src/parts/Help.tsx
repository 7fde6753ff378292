import { useEffect, useRef } from 'preact/hooks';
import { helpOpen, pageShortcuts, shortcuts } from '../lib/keys';
import { setShortcuts, shortcutsOn } from '../lib/prefs';

/** The keys that work here: those of the page, then those that work everywhere. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { dialog.current?.showModal(); }, []);
  const shut = (): void => { helpOpen.value = false; };
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={shut} onClick={(event) => { if (event.target === dialog.current) shut(); }}>
      <h2 id="help-title" tabIndex={-1} autofocus>Shortcuts</h2>
      <dl>{[...pageShortcuts.value, ...shortcuts].map(([keys, what]) => <div key={keys}><dt>{keys.split(' ').map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
      <label class="tick"><input type="checkbox" checked={shortcutsOn.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />Use shortcuts</label>
      <button type="button" class="btn" onClick={shut}>Close</button>
    </dialog>
  );
}
