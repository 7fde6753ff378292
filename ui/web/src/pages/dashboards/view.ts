import { useMemo } from 'preact/hooks';
import { durationMs } from '../../lib/format';
import { useMarks } from '../../lib/marks';
import { presets, rangeKey, rangeNow, type Preset } from '../../lib/range';
import { search, setSearch } from '../../lib/router';
import { useEffect } from 'preact/hooks';
import type { Draft } from './model';
import { useOptions, type Options } from './options';
import type { View } from './panels/data';
import { valuesOf, type Values } from './variables';

const never = 2 ** 31 - 1;

/** How often panels ask, of "live", "off" or "30s". */
export const everyMsOf = (refresh: string): number | undefined => (refresh === 'off' ? never : refresh === 'live' ? undefined : Math.max(5000, durationMs(refresh)) || undefined);

/** How the address says a length of time that ends now. */
export const searchForRange = (range: string): Record<string, string | null> =>
  (presets.includes(range as Preset) ? { range, from: null, to: null } : { range: null, from: `now-${range}`, to: 'now' });

/** Where the address says no range, the dashboard's own holds. */
export function useOwnRange(range: string): void {
  useEffect(() => {
    if (!search.value.has('range') && !search.value.has('from')) setSearch(searchForRange(range));
  }, [range]);
}

/** What the panels of a dashboard share: the values of its variables, the range, the marks of marks. */
export function useView(draft: Pick<Draft, 'variables' | 'refresh'>): { view: View; values: Values; options: Options; trouble: ReturnType<typeof useOptions>['error']; reload: () => void } {
  const asked = search.value.toString();
  const first = useMemo(() => valuesOf(draft.variables, search.value), [draft.variables, asked]);
  const { options, error, reload } = useOptions(draft.variables, first);
  const key = JSON.stringify(valuesOf(draft.variables, search.value, options));
  const values = useMemo(() => JSON.parse(key) as Values, [key]);
  const marks = useMarks(), span = rangeKey.value;
  const everyMs = everyMsOf(draft.refresh);
  const view = useMemo((): View => {
    const { fromMs, toMs } = rangeNow();
    return { values, rangeMs: toMs - fromMs, marks, ...(everyMs ? { everyMs } : {}) };
  }, [values, marks, span, everyMs]);
  return { view, values, options, trouble: error, reload };
}
