import { Drawer } from './Drawer';
import type { Draft } from './model';

const ranges = ['1h', '6h', '24h', '7d', '30d'], refreshes: readonly [string, string][] = [['live', 'Live'], ['30s', 'Every 30 s'], ['5m', 'Every 5 min'], ['off', 'Never']];

/** What a dashboard is about, and how it opens. */
export function Settings({ draft, set, close }: { draft: Draft; set: (part: Partial<Draft>, about?: string) => void; close: () => void }) {
  const shownRanges = ranges.includes(draft.range) ? ranges : [draft.range, ...ranges];
  const shownRefreshes = refreshes.some(([value]) => value === draft.refresh) ? refreshes : [[draft.refresh, `Every ${draft.refresh}`] as const, ...refreshes];
  return (
    <Drawer title="Settings" close={close} foot={<><span class="grow" /><button type="button" class="btn" onClick={close}>Done</button></>}>
      <div class="form">
        <label class="field"><span>What it is about</span><textarea rows={3} maxLength={4000} value={draft.description} onInput={(event) => set({ description: event.currentTarget.value }, 'description')} /></label>
        <label class="field"><span>Opens with</span><select value={draft.range} onChange={(event) => set({ range: event.currentTarget.value })}>{shownRanges.map((range) => <option key={range}>{range}</option>)}</select></label>
        <label class="field"><span>Asks again</span><select value={draft.refresh} onChange={(event) => set({ refresh: event.currentTarget.value })}>{shownRefreshes.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</select></label>
      </div>
    </Drawer>
  );
}
