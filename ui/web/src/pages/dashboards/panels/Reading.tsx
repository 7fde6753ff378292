import { computed, type Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { lastValue } from '../../../lib/blocks';
import { format, type Unit } from '../../../lib/format';

/** A text of the place under the crosshair: it alone is written when that moves, whatever stands around it. */
export function Follow({ index, text, of }: { index: Signal<number | null>; text: (at: number | null) => string; of: unknown[] }) {
  return <>{useMemo(() => computed(() => text(index.value)), [index, ...of])}</>;
}

/** The value under the crosshair, else the last one. */
export function Reading({ index, values, unit }: { index: Signal<number | null>; values: (number | null)[]; unit: Unit }) {
  return <Follow index={index} of={[values, unit.kind]} text={(at) => format(at === null ? lastValue(values) : values[at], unit)} />;
}
