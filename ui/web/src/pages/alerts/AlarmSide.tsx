import { useEffect, useState } from 'preact/hooks';
import { opWord } from '../../lib/alarms';
import { durationMs, format, lasting, parseQuantity } from '../../lib/format';
import { unitOfExpr } from '../../lib/promql';
import type { Channel, Rule } from '../../lib/types';
import { TestButton } from '../../parts/TestButton';
import { nameOf, type Draft } from './draft';

interface SideProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  channels: Channel[] | null;
}

function Message({ draft, channels }: { draft: Draft; channels: Channel[] | null }) {
  const unit = unitOfExpr(draft.expr), told = (channels ?? []).filter(({ id }) => draft.channels.includes(id));
  return (
    <div class="card pad">
      <h2>The message</h2>
      <div class="message"><b>{draft.name || nameOf(draft)}</b><p>{opWord(draft.op)} {format(draft.threshold, unit)} for {lasting(durationMs(draft.for))}, with the value, its peak, when it began and a link to the episode; and once more when it is over.</p></div>
      {told.map((channel) => <TestButton key={channel.id} channel={channel} named />)}
      {channels && told.length === 0 && <p class="mut small-text">Nobody is told yet. {channels.length ? 'Choose a channel in the sentence.' : <a class="link" href="/alerts/channels">Make a channel</a>}</p>}
    </div>
  );
}

/** The second line of an alarm, for what cannot wait. */
function Critical({ draft, change }: Pick<SideProps, 'draft' | 'change'>) {
  const unit = unitOfExpr(draft.expr), { critical } = draft;
  const [text, setText] = useState(critical ? format(critical.threshold, unit) : '');
  const propose = (): { threshold: number; for: string } => ({ threshold: (draft.threshold ?? 1) * (draft.op.startsWith('<') ? 0.5 : 2), for: draft.for });
  const toggle = (on: boolean): void => {
    const next = on ? propose() : null;
    setText(next ? format(next.threshold, unit) : '');
    change({ critical: next });
  };
  const read = critical ? parseQuantity(text, unit) : null;
  return (
    <>
      <label class="tick"><input type="checkbox" checked={critical !== null} disabled={draft.threshold === null} onChange={(event) => toggle(event.currentTarget.checked)} />Critical at a second line</label>
      {critical && <div class="row-form even">
        <label class="field"><span>Critical {opWord(draft.op)}</span><input value={text} aria-invalid={read === null} onInput={(event) => { setText(event.currentTarget.value); const value = parseQuantity(event.currentTarget.value, unit); if (value !== null) change({ critical: { ...critical, threshold: value } }); }} /></label>
        <label class="field"><span>for</span><input value={critical.for} onInput={(event) => change({ critical: { ...critical, for: event.currentTarget.value } })} /></label>
      </div>}
    </>
  );
}

/** The message as it will go out, and what is rarely needed. */
export function AlarmSide({ draft, change, channels }: SideProps) {
  const [text, setText] = useState(draft.expr);
  useEffect(() => { setText(draft.expr); }, [draft.expr]);
  return (
    <div class="editor-side">
      <Message draft={draft} channels={channels} />
      <div class="card pad form">
        <h2>More</h2>
        <label class="field"><span>Name</span><input value={draft.name} maxLength={120} placeholder={draft.expr ? nameOf(draft) : ''} onInput={(event) => change({ name: event.currentTarget.value })} /></label>
        {!draft.critical && <label class="field"><span>Severity</span>
          <select value={draft.severity} onChange={(event) => change({ severity: event.currentTarget.value as Rule['severity'] })}><option value="warning">warning</option><option value="critical">critical</option></select></label>}
        <Critical draft={draft} change={change} />
        <label class="field"><span>Goes on firing for</span><input value={draft.keepFiringFor} placeholder="0s" spellcheck={false} onInput={(event) => change({ keepFiringFor: event.currentTarget.value })} /></label>
        <label class="field"><span>Where there are no points</span>
          <select value={draft.noData} onChange={(event) => change({ noData: event.currentTarget.value as Draft['noData'] })}><option value="ok">it counts as below</option><option value="alert">it fires</option><option value="keep">it stays as it is</option></select></label>
        <label class="field"><span>PromQL</span>
          <textarea class="mono" rows={4} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} onBlur={() => { if (text.trim() !== draft.expr) change({ expr: text.trim() }); }} />
        </label>
        <label class="tick"><input type="checkbox" checked={draft.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />Watch it</label>
      </div>
    </div>
  );
}
