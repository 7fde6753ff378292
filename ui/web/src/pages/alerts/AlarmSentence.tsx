import { useEffect, useState } from 'preact/hooks';
import { durationMs, format, lasting, parseQuantity, promDuration } from '../../lib/format';
import { unitOfExpr } from '../../lib/promql';
import type { Channel, Metric, Op } from '../../lib/types';
import type { Draft } from './draft';
import { Subject } from './Subject';

interface SentenceProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  metrics: Metric[];
  channels: Channel[];
}

const ops: [Op, string][] = [['>', 'above'], ['>=', 'at or above'], ['<', 'below'], ['<=', 'at or below']];
const lengths = ['0s', '1m', '2m', '5m', '10m', '15m', '30m', '1h', '6h', '1d'];

function Height({ draft, change }: Pick<SentenceProps, 'draft' | 'change'>) {
  const unit = unitOfExpr(draft.expr), shown = format(draft.threshold, unit);
  const [text, setText] = useState(shown), [wrong, setWrong] = useState(false);
  useEffect(() => { setText(shown); setWrong(false); }, [shown]);
  const read = (): void => {
    if (text === shown) return;
    const value = parseQuantity(text, unit);
    setWrong(value === null);
    if (value !== null) { change({ threshold: value }); setText(format(value, unit)); }
  };
  return (
    <input class="pill height num" size={Math.max(4, text.length)} value={text} aria-label="Height of the line" aria-invalid={wrong} title={wrong ? 'A number with its unit, such as 500 ms or 90 %' : ''}
      onInput={(event) => setText(event.currentTarget.value)} onBlur={read} onKeyDown={(event) => { if (event.key === 'Enter') read(); }} />
  );
}

function Told({ draft, change, channels }: Pick<SentenceProps, 'draft' | 'change' | 'channels'>) {
  const chosen = channels.filter(({ id }) => draft.channels.includes(id)), rest = channels.filter(({ id }) => !draft.channels.includes(id));
  const drop = (id: string): void => change({ channels: draft.channels.filter((each) => each !== id) });
  return (
    <>
      {chosen.map(({ id, name }, i) => <span key={id}>{i > 0 && (i === chosen.length - 1 ? ' and ' : ', ')}<button type="button" class="pill" title="Do not tell it" aria-label={`Do not tell ${name}`} onClick={() => drop(id)}>{name}</button></span>)}
      {rest.length > 0 && <>{chosen.length > 0 && ' '}<select class="pill add" aria-label="Tell another channel" value="" onChange={(event) => change({ channels: [...draft.channels, event.currentTarget.value] })}>
        <option value="">{chosen.length ? 'and …' : 'nobody'}</option>{rest.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></>}
      {channels.length === 0 && <a class="pill add" href="/alerts/channels">nobody</a>}
    </>
  );
}

/** The alarm as one sentence, in which each word that can change is a control. */
export function AlarmSentence(props: SentenceProps) {
  const { draft, change } = props;
  const options = lengths.includes(draft.for) || !draft.for ? lengths : [draft.for, ...lengths];
  const now = promDuration(durationMs(draft.for || '0s')) === '0ms' ? '0s' : draft.for;
  return (
    <section class="alarm-sentence" aria-label="Alarm">
      <p>When <Subject {...props} />is <select class="pill" aria-label="Compared" value={draft.op} onChange={(event) => change({ op: event.currentTarget.value as Op })}>{ops.map(([op, word]) => <option key={op} value={op}>{word}</option>)}</select>{' '}
        <Height draft={draft} change={change} /> for <select class="pill" aria-label="For how long" value={now} onChange={(event) => change({ for: event.currentTarget.value })}>{options.map((each) => <option key={each} value={each}>{each === '0s' ? 'an instant' : lasting(durationMs(each))}</option>)}</select>, tell <Told {...props} />.</p>
    </section>
  );
}
