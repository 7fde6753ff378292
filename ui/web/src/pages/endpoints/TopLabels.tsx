import { format } from '../../lib/format';
import { instant } from '../../lib/frames';
import { useLoad } from '../../lib/hooks';
import { selector, type Filter } from '../../lib/promql';
import { rangeKey, rangeNow } from '../../lib/range';
import { metric } from './model';
import { useLabels } from './Filters';

interface Top { label: string; values: { value: string; count: number }[]; total: number }

const most = 5, mostLabels = 4;

async function topOf(label: string, filters: Filter[]): Promise<Top> {
  const { fromMs, toMs } = rangeNow(), seconds = Math.round((toMs - fromMs) / 1000);
  const at = `[${seconds}s]${toMs < Date.now() - 60_000 ? ` @ ${Math.round(toMs / 1000)}` : ''}`;
  const found = await instant(`histogram_count(sum by (${label}) (increase(${selector(metric, filters)}${at})))`);
  const values = found.map(({ labels, value }) => ({ value: labels[label] ?? '', count: value })).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  return { label, values, total: values.reduce((sum, { count }) => sum + count, 0) };
}

/** What else requests of the route carry: the values that come most. */
export function TopLabels({ filters }: { filters: Filter[] }) {
  const labels = useLabels().filter((label) => /^[a-zA-Z_]\w*$/.test(label)).slice(0, mostLabels);
  const tops = useLoad(() => Promise.all(labels.map((label) => topOf(label, filters))), 60_000, `${rangeKey.value} ${labels.join()}`).data ?? [];
  const shown = tops.filter(({ values }) => values.some(({ value }) => value !== ''));
  if (!shown.length) return null;
  return (
    <section class="card" aria-label="Top labels">
      <header><h2>Labels</h2><p>which values come most</p></header>
      {shown.map(({ label, values, total }) => (
        <table class="table" key={label}>
          <thead><tr><th scope="col" class="mono">{label}</th><th scope="col"><span class="unseen">Share</span></th><th scope="col" class="right">Requests</th></tr></thead>
          <tbody>{values.slice(0, most).map(({ value, count }) => (
            <tr key={value}><td class="route mono">{value || '–'}</td>
              <td><span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, (count / total) * 100)}%` }} /></span><span class="num mut share">{format(count / total, { kind: 'ratio' })}</span></td>
              <td class="right num">{format(Math.round(count), { kind: 'count' })}</td></tr>
          ))}</tbody>
        </table>
      ))}
    </section>
  );
}
