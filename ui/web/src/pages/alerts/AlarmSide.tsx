import { useEffect, useState } from 'preact/hooks';
import { opWord, rules } from '../../lib/alarms';
import { durationMs, format, lasting, parseQuantity } from '../../lib/format';
import { useList } from '../../lib/hooks';
import { unitOfExpr } from '../../lib/promql';
import type { Channel, Rule } from '../../lib/types';
import { TestButton } from '../../parts/TestButton';
import type { Drawn } from './AlarmChart';
import { nameOf, type Draft } from './draft';
import { NewAddress } from './NewAddress';

interface SideProps {
  id: string | null;
  drawn: Drawn;
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  channels: Channel[] | null;
  /** A channel was made here. */
  made: (channel: Channel) => void;
}

/** What the first message would say if the alarm fired now: the words that the appliance sends. */
function Message({ id, draft, drawn, channels, made }: Omit<SideProps, 'change'>) {
  const told = (channels ?? []).filter(({ id: channel }) => draft.channels.includes(channel));
  const now = rules.value?.find((rule) => rule.id === id)?.value ?? null;
  const since = new Date(Date.now()).toISOString().slice(0, 19).replace('T', ' ');
  const unit = unitOfExpr(draft.expr), measured = draft.threshold === null ? null : now ?? draft.threshold;
  const { normal, deploy } = drawn;
  return (
    <div class="card pad">
      <h2>The message</h2>
      <div class={`message ${draft.severity}`}><b>{draft.severity === 'critical' ? 'Critical' : 'Warning'}: {draft.name || nameOf(draft)}</b>
        {measured !== null && <p class="num">{format(measured, unit)}, {opWord(draft.op)} its line of {format(draft.threshold, unit)}</p>}
        {normal && <p class="num">Normal for that hour: {format(normal[0], unit)} to {format(normal[1], unit)}</p>}
        <p class="num">Since {since} UTC{deploy && `, ${lasting(Date.now() - deploy.atMs)} after ${deploy.title.replace(/^Deploy/, 'deploy')}`}</p>
        <p>with a link to the episode, and once more when it is over</p></div>
      {told.map((channel) => <TestButton key={channel.id} channel={channel} named />)}
      {channels && told.length === 0 && <><p class="mut small-text">Nobody is told yet.{channels.length > 0 && ' Choose a channel in the sentence, or give an address.'}</p><NewAddress channels={channels} made={made} /></>}
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

interface Quiet { id: string; name: string }

/** Another alarm or check that explains this one: while it fires, this one tells nobody. */
function QuietWhile({ id, draft, change }: Pick<SideProps, 'id' | 'draft' | 'change'>) {
  const checks = useList<Quiet>('/api/app/checks?limit=500', 0).data ?? [];
  const all: Quiet[] = [...(rules.value ?? []).filter((rule) => rule.id !== id), ...checks];
  const [first = '', ...further] = draft.dependsOn;
  return (
    <label class="field"><span>Quiet while</span>
      <select value={first} onChange={(event) => change({ dependsOn: [event.currentTarget.value, ...further].filter(Boolean) })}><option value="">nothing</option>{all.map((each) => <option key={each.id} value={each.id}>{each.name} {checks.includes(each) ? 'is down' : 'fires'}</option>)}</select></label>
  );
}

const goesOn = ['', '1m', '5m', '10m', '30m', '1h'];

/** The message as it will go out, and what is rarely needed. */
export function AlarmSide({ id, drawn, draft, change, channels, made }: SideProps) {
  const [text, setText] = useState(draft.expr);
  useEffect(() => { setText(draft.expr); }, [draft.expr]);
  const lengths = goesOn.includes(draft.keepFiringFor) ? goesOn : [...goesOn, draft.keepFiringFor];
  return (
    <>
      <Message id={id} drawn={drawn} draft={draft} channels={channels} made={made} />
      <div class="card pad form in-rows">
        <h2>More <span class="mut">rarely needed</span></h2>
        <label class="field"><span>Name</span><input value={draft.name} maxLength={120} placeholder={draft.expr ? nameOf(draft) : ''} onInput={(event) => change({ name: event.currentTarget.value })} /></label>
        {!draft.critical && <label class="field"><span>Severity</span>
          <select value={draft.severity} onChange={(event) => change({ severity: event.currentTarget.value as Rule['severity'] })}><option value="warning">warning</option><option value="critical">critical</option></select></label>}
        <label class="field"><span>When no data comes</span>
          <select value={draft.noData} onChange={(event) => change({ noData: event.currentTarget.value as Draft['noData'] })}><option value="ok">it counts as below</option><option value="alert">it fires</option><option value="keep">it stays as it is</option></select></label>
        <label class="field"><span>Stays open for</span>
          <select value={draft.keepFiringFor} onChange={(event) => change({ keepFiringFor: event.currentTarget.value })}>{lengths.map((each) => <option key={each} value={each}>{each ? `${lasting(durationMs(each))} more` : 'no longer'}</option>)}</select></label>
        <QuietWhile id={id} draft={draft} change={change} />
        <Critical draft={draft} change={change} />
        <label class="tick"><input type="checkbox" checked={draft.enabled} onChange={(event) => change({ enabled: event.currentTarget.checked })} />Watch it</label>
        <label class="field whole"><span>PromQL</span>
          <textarea id="promql" class="mono" rows={4} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} onBlur={() => { if (text.trim() !== draft.expr) change({ expr: text.trim() }); }} />
        </label>
      </div>
    </>
  );
}
