import { useLoad } from '../../lib/hooks';
import { CopyButton } from '../../parts/CopyButton';
import { api } from '../../lib/api';
import type { Page } from '../../lib/api';
import type { Metric } from '../../lib/types';
import { choosePreset } from '../../lib/range';
import { coloured, plainText, snippets } from '../welcome/snippets';
import { metric } from './model';
import { Time } from '../../parts/Time';

/** Nothing here: never, or not in this range. */
export function NoRequests() {
  const known = useLoad(async () => (await api<Page<Metric>>(`/api/app/metrics?search=${metric}&limit=5`)).items.find(({ name }) => name === metric) ?? null, 15_000);
  const fastapi = snippets.find(({ id }) => id === 'fastapi')!.pieces(window.location.origin, 'YOUR_KEY');
  if (known.data?.last_ms) return <p class="empty">No requests in this range. The last came <Time ms={known.data.last_ms} as="ago" />. <button type="button" class="link" onClick={() => choosePreset('30d')}>Show 30 days</button></p>;
  return (
    <section class="card pad no-requests" aria-label="No requests">
      <h2>No requests seen yet.</h2>
      <p>One line adds them to FastAPI. <a class="link" href="/welcome?tab=fastapi">With a key in it</a></p>
      <div class="snippet"><pre><code>{coloured(fastapi)}</code></pre><CopyButton text={() => plainText(fastapi)} /></div>
    </section>
  );
}
