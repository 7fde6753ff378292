import { useMemo } from 'preact/hooks';
import { api } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import { rangeKey, rangeNow } from '../../lib/range';
import type { Variable } from './model';
import { substitute, type Values } from './variables';

export type Options = Readonly<Record<string, readonly string[]>>;

async function valuesOfLabel(variable: Variable, values: Values): Promise<string[]> {
  if (variable.options?.length || !variable.label_name) return variable.options ?? [];
  const { fromMs, toMs } = rangeNow();
  const query = new URLSearchParams({ start: String(Math.floor(fromMs / 1000)), end: String(Math.ceil(toMs / 1000)) });
  if (variable.metric) query.set('match[]', substitute(variable.metric, values, { stepS: 60, rangeMs: toMs - fromMs }));
  const { data } = await api<{ data: string[] }>(`/api/v1/label/${encodeURIComponent(variable.label_name)}/values?${query}`);
  return data;
}

/** The values that each variable may take, as the range has them. */
export function useOptions(variables: readonly Variable[], values: Values): { options: Options; error: { message: string; hint: string } | null; reload: () => void } {
  const key = useMemo(() => JSON.stringify([variables.map(({ metric, label_name, options }) => [metric, label_name, options]), values]), [variables, values]);
  const loaded = useLoad(async (): Promise<Options> => Object.fromEntries(await Promise.all(variables.map(async (variable) => [variable.name, await valuesOfLabel(variable, values)] as const))), 60_000, `${key} ${rangeKey.value}`);
  return { options: loaded.data ?? {}, error: loaded.error, reload: loaded.reload };
}
