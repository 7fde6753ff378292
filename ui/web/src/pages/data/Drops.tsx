import { useState } from 'preact/hooks';
import { api, explain, needs } from '../../lib/api';
import { plural } from '../../lib/format';
import { leave, leaving } from '../../lib/undo';
import { Time } from '../../parts/Time';
import type { CountedName, DroppedLabel } from './types';

/** Offered where it is worth it: at least half of the series would be gone, and some ten. */
const isWorth = ({ of, series }: { of: number; series: number }): boolean => series * 2 <= of && of - series >= 10;

type OfferProps = Pick<CountedName, 'name' | 'kind' | 'dropped' | 'without'> & { reload: () => void };

/** Below a metric: what would be left without the label that costs the most, and to drop it. */
export function DropOffer({ name, kind, dropped, without, reload }: OfferProps) {
  const [busy, setBusy] = useState('');
  const comes = dropped.length > 0 && <span>Comes without {dropped.map((label, i) => <span key={label}>{i > 0 && ', '}<span class="mono">{label}</span></span>)}</span>;
  if (!without || !isWorth(without)) return comes ? <p class="offer-drop mut">{comes}</p> : null;
  const { label, series: left, refusal } = without, id = `drop ${name} ${label}`;
  const drop = async (): Promise<void> => {
    setBusy(id);
    try {
      await api('/api/app/cardinality/drops', { method: 'POST', body: { name, label } });
      reload();
    } finally {
      setBusy('');
    }
  };
  const going = leaving.value?.id === id, why = refusal ? `${refusal.message} ${refusal.hint}`.trim() : '';
  return (
    <p class="offer-drop mut">{comes}
      <span>Would be {plural(left, 'series', 'series')} without <span class="mono">{label}</span></span>
      {going ? <span>Dropping it</span> : <button type="button" class="link" {...needs('edit', why !== '' || busy === id)} {...(why ? { title: why, 'aria-description': why } : {})} aria-label={`Drop this label: ${label} of ${name}`} onClick={() => leave(id, `${label} of ${name}`, drop, 'dropped')}>Drop this label</button>}
      {why && <span class="why">{why}</span>}
      {!why && kind === 'gauge' && <span class="why">It is a gauge: of several sources the last value that comes wins.</span>}
    </p>
  );
}

/** What is left out of what comes in. */
export function Dropped({ drops, reload }: { drops: DroppedLabel[]; reload: () => void }) {
  const [wrong, setWrong] = useState('');
  if (drops.length === 0) return null;
  const takeBack = async ({ id }: DroppedLabel): Promise<void> => {
    setWrong('');
    try {
      await api(`/api/app/cardinality/drops/${id}`, { method: 'DELETE' });
    } catch (error) {
      setWrong(explain(error).message);
    }
    reload();
  };
  return (
    <div class="card drops"><header><h2>Dropped labels</h2><p>What is stored stays; the old series end within the hour.</p></header>
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      <table class="table"><thead><tr><th scope="col">Metric</th><th scope="col">Label</th><th scope="col" class="not-phone">Since</th><th scope="col" class="not-phone">By</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
        <tbody>{drops.map((drop) => (
          <tr key={drop.id}><td class="mono">{drop.name}</td><td class="mono">{drop.label}</td><td class="mut not-phone"><Time ms={drop.created_ms} as="ago" /></td><td class="mut not-phone">{drop.by || '–'}</td>
            <td class="right row-links"><button type="button" class="link" {...needs('edit')} aria-label={`Take it back: ${drop.label} of ${drop.name}`} onClick={() => void takeBack(drop)}>Take it back</button></td></tr>
        ))}</tbody></table></div>
  );
}
