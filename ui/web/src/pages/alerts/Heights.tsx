import { useMemo } from 'preact/hooks';
import { durationMs, format } from '../../lib/format';
import type { Frame } from '../../lib/frames';
import { unitOfExpr } from '../../lib/promql';
import type { Draft } from './draft';
import type { Pace } from './known';
import { normalOf, threeHeights } from './threeHeights';

interface HeightsProps { frame: Frame | null; pace: Pace; draft: Draft; change: (part: Partial<Draft>) => void }

/** Three heights to choose from, picked off the margin plot. */
export function Heights({ frame, pace, draft, change }: HeightsProps) {
  const unit = unitOfExpr(draft.expr), forMs = durationMs(draft.for);
  const found = useMemo(() => (frame ? threeHeights(frame, draft.op, forMs, pace.weeks) : []), [frame, draft.op, forMs, pace]);
  const normal = useMemo(() => (frame ? normalOf(frame) : null), [frame]);
  return (
    <div class="card pad heights">
      <h2>Where to put the line</h2>
      {found.length === 0 && <p class="mut small-text">Shown once there are points to replay.</p>}
      {found.map(({ name, value, weekly: count }, i) => (
        <button type="button" key={name} aria-pressed={draft.threshold === value && found.findIndex((each) => each.value === value) === i} onClick={() => change({ threshold: value })}>
          <b>{name}</b><span class="num">{format(value, unit)}</span><span class="num mut">{pace.said(count)}</span>
        </button>
      ))}
      {normal && <p class="mut small-text num">Normal for this series: {format(normal[0], unit)} – {format(normal[1], unit)}.</p>}
    </div>
  );
}
