import { useLayoutEffect, useRef } from 'preact/hooks';
import { needs } from '../lib/api';
import type { Mark } from '../chart/model';
import { spanText } from '../lib/format';
import { canDelete, deleteMark, lastCrosshairMs, loadMarks, marking, marksError, marksOpen, useMarks } from '../lib/marks';
import { rangeNow } from '../lib/range';
import { Trouble } from './Sentence';
import { Time } from './Time';

function Row({ mark }: { mark: Mark }) {
  return (
    <tr>
      <td><Time ms={mark.atMs} as="full" /></td>
      <td class="answer"><b>{mark.title}</b>{mark.text && <span class="mut"> {mark.text}</span>}</td>
      <td class="mut not-phone">{mark.kind === 'deploy' ? 'deploy' : mark.source}</td>
      <td class="right">{canDelete(mark) && <button type="button" class="link" {...needs('edit')} aria-label={`Delete ${mark.title}`} onClick={() => deleteMark(mark)}>Delete</button>}</td>
    </tr>
  );
}

/** What the charts show as hairlines, as a table. */
export function MarkList() {
  const dialog = useRef<HTMLDialogElement>(null);
  const all = useMarks(), { fromMs, toMs } = rangeNow();
  useLayoutEffect(() => { dialog.current?.show(); dialog.current?.querySelector<HTMLElement>('h2')?.focus(); void loadMarks(); }, []);
  const shut = (): void => { marksOpen.value = false; document.getElementById('main')?.focus({ preventScroll: true }); };
  return (
    <dialog class="mark-list" ref={dialog} aria-labelledby="marks-title" onClose={shut} onKeyDown={(event) => { if (event.key === 'Escape') { event.stopPropagation(); shut(); } }}>
      <div class="mark-head"><h2 id="marks-title" tabIndex={-1}>Marks</h2><p class="num">{spanText(fromMs, toMs)}</p><span class="grow" />
        <button type="button" class="btn small" {...needs('edit')} onClick={() => { marking.value = lastCrosshairMs(); }}>Mark a moment</button>
        <button type="button" class="btn small ghost" onClick={shut}>Close</button></div>
      {marksError.value && <Trouble error={marksError.value} retry={() => void loadMarks()} />}
      {all.length === 0 ? <p class="empty">Nothing is marked in this range. A deploy marks itself: <code>curl -d 1 {window.location.origin}/track/deploy?version=v1.2</code></p> : (
        <table class="table">
          <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col" class="not-phone">From</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
          <tbody>{[...all].reverse().map((mark) => <Row key={mark.id} mark={mark} />)}</tbody>
        </table>
      )}
    </dialog>
  );
}
