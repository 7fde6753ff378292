import { api } from '../../lib/api';
import { plural } from '../../lib/format';
import { useLoad } from '../../lib/hooks';
import { Trouble } from '../../parts/Sentence';
import { Time } from '../../parts/Time';
import type { Arrival } from './types';

interface Body {
  content_type: string;
  bytes: number;
  shown_bytes: number;
  binary: boolean;
  hidden: boolean;
  body: string | null;
  became: { series: string; value: number | null; timestamp_ms: number }[];
  more: number;
  refusals: { code: string; message: string }[];
}

function Raw({ body }: { body: Body }) {
  const size = plural(body.bytes, 'byte');
  if (body.hidden) return <p class="mut">{size}. This project replaces personal data, so bodies are not shown.</p>;
  if (body.body === null) return <p class="mut">{size} of {body.content_type || 'a binary format'}, which is not text.</p>;
  const more = body.bytes - body.shown_bytes;
  return <><pre class="code">{body.body}</pre>{more > 0 && <p class="mut small-text">and {plural(more, 'byte')} more</p>}</>;
}

/** What the first request of an arrival brought, and what it became. */
export function ArrivalBody({ item }: { item: Arrival }) {
  const query = new URLSearchParams({ at: String(item.at_ms), source: item.source, key: item.key_id });
  const { data, error, reload } = useLoad(() => api<Body>(`/api/app/inbox/body?${query}`), 0, query.toString());
  if (error) return <Trouble error={error} retry={reload} />;
  if (!data) return <p class="mut">&nbsp;</p>;
  return (
    <div class="arrival">
      <div><h3>What came</h3><Raw body={data} /></div>
      <div><h3>What it became</h3>
        <ul>{data.became.map(({ series, value, timestamp_ms: at }, i) => <li key={i}><span class="mono">{series} = {value ?? 'not a number'}</span> <span class="mut"><Time ms={at} as="clock" /></span></li>)}
          {data.more > 0 && <li class="mut">and {plural(data.more, 'sample')} more</li>}
          {data.refusals.map(({ code, message }, i) => <li key={`refused ${i}`} class="bad-text">{message} <span class="mut">{code}</span></li>)}
          {data.became.length + data.refusals.length === 0 && <li class="mut">nothing</li>}</ul></div>
    </div>
  );
}
