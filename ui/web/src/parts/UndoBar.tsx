import { finishLeaving, leaving, undo, undoError } from '../lib/undo';

/** At the foot of the page while something waits to be deleted or dropped. */
export function UndoBar() {
  const now = leaving.value;
  if (!now && !undoError.value) return null;
  return (
    <div class="undo" role="status">
      {now ? <><span>{now.name} is {now.how} in 10 s.</span>
        <button type="button" class="link" onClick={undo}>Undo</button>
        <button type="button" class="link" onClick={() => void finishLeaving()}>{now.how === 'dropped' ? 'Drop' : 'Delete'} now</button></>
        : <><span>{undoError.value}</span><button type="button" class="link" onClick={() => { undoError.value = ''; }}>Close</button></>}
    </div>
  );
}
