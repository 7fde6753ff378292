import { api } from '../../lib/api';
import { useLoad } from '../../lib/hooks';
import { search, setSearch } from '../../lib/router';
import { metric, ownLabels, type Narrowing } from './model';

export const classes = ['2xx', '3xx', '4xx', '5xx'];

/** What is filtered by, as the address says. */
export function narrowing(): Narrowing {
  const status = search.value.get('status') ?? '', [label = '', ...value] = (search.value.get('label') ?? '').split('=');
  return { status: classes.includes(status) ? status : '', label, value: value.join('=') };
}

const list = async (path: string): Promise<string[]> => (await api<{ data: string[] }>(`${path}?match[]=${metric}`)).data;

/** Labels of requests beyond those that every one has. */
export const useLabels = (): string[] =>
  useLoad(async () => (await list('/api/v1/labels')).filter((name) => !ownLabels.includes(name)), 120_000).data ?? [];

function LabelFilter({ label, value }: Narrowing) {
  const labels = useLabels();
  const values = useLoad(async () => (label ? list(`/api/v1/label/${encodeURIComponent(label)}/values`) : []), 0, label).data ?? [];
  if (!labels.length && !label) return null;
  return (
    <>
      <label class="field"><span class="unseen">Label</span>
        <select value={label} onChange={(event) => setSearch({ label: event.currentTarget.value ? `${event.currentTarget.value}=` : null })}>
          <option value="">Any label</option>{[...new Set([...labels, ...(label ? [label] : [])])].map((name) => <option key={name} value={name}>{name}</option>)}
        </select></label>
      {label && <label class="field"><span class="unseen">Value of {label}</span>
        <select value={value} onChange={(event) => setSearch({ label: `${label}=${event.currentTarget.value}` })}>
          <option value="">Any value</option>{[...new Set([...values, ...(value ? [value] : [])])].map((name) => <option key={name} value={name}>{name}</option>)}
        </select></label>}
    </>
  );
}

/** Text, method, status class and label, all kept in the address. */
export function Filters({ methods }: { methods: string[] }) {
  const now = narrowing(), method = search.value.get('method') ?? '';
  return (
    <div class="filter-row endpoint-filters">
      <label class="field grow"><span class="unseen">Filter routes</span><input type="search" data-search value={search.value.get('q') ?? ''} placeholder="Filter routes" onInput={(event) => setSearch({ q: event.currentTarget.value })} /></label>
      <label class="field"><span class="unseen">Method</span>
        <select value={method} onChange={(event) => setSearch({ method: event.currentTarget.value })}>
          <option value="">Any method</option>{[...new Set([...methods, ...(method ? [method] : [])])].sort().map((name) => <option key={name} value={name}>{name || 'none'}</option>)}
        </select></label>
      <LabelFilter {...now} />
      <div class="segments tall" role="group" aria-label="Answered with">
        {['', ...classes].map((name) => <button type="button" key={name} aria-pressed={now.status === name} onClick={() => setSearch({ status: name })}>{name || 'All'}</button>)}
      </div>
    </div>
  );
}
