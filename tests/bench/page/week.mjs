// A week of many series, written with the timestamps of the past.
const weekMs = 7 * 864e5, mostBytes = 4 << 20;

function* lines({ metrics, seriesEach, stepMs, untilMs }) {
  for (let metric = 0; metric < metrics; metric++)
    for (let at = 0; at < seriesEach; at++) {
      const t = [], v = [];
      for (let ms = untilMs - weekMs; ms <= untilMs; ms += stepMs) {
        t.push(ms);
        v.push(Number((50 + 10 * at + 30 * Math.sin(ms / 864e5 * 2 * Math.PI + metric) + 9 * Math.sin(ms / 7e5 + at)).toFixed(2)));
      }
      yield JSON.stringify({ series: { __name__: nameOf(metric), host: `web-${at + 1}` }, kind: 'gauge', t, v }) + '\n';
    }
}

export const nameOf = (metric) => `shop_panel_${String(metric).padStart(2, '0')}`;

/** Writes `metrics` gauges of `seriesEach` series, a point every `stepMs`, over the 7 days before `untilMs`. */
export async function seedWeek(appliance, { metrics, seriesEach, stepMs = 60_000, untilMs = Date.now() }) {
  let body = '';
  for (const line of lines({ metrics, seriesEach, stepMs, untilMs: Math.floor(untilMs / stepMs) * stepMs })) {
    body += line;
    if (body.length > mostBytes) { await appliance.send('/api/v1/import/plimsoll', body); body = ''; }
  }
  if (body) await appliance.send('/api/v1/import/plimsoll', body);
}

/** Two requests a minute over the week, so that the overview has its charts. */
export async function seedRequests(appliance, untilMs = Date.now()) {
  for (let day = 7; day > 0; day--) {
    const requests = [];
    for (let at = untilMs - day * 864e5; at < untilMs - (day - 1) * 864e5; at += 30_000)
      requests.push({ method: 'GET', route: `/route/${at / 30_000 % 7 | 0}`, status: Math.random() < 0.01 ? 500 : 200, duration_ms: 20 + 200 * Math.random(), ts: at });
    await appliance.send('/ingest', { requests });
  }
}

/** Goes on sending one point of every series each second; the answer ends it. */
export function feed(appliance, { metrics, seriesEach }) {
  let busy = false;
  const send = async () => {
    if (busy) return;
    busy = true;
    const ts = Date.now(), items = [];
    for (let metric = 0; metric < metrics; metric++)
      for (let at = 0; at < seriesEach; at++)
        items.push({ name: nameOf(metric), type: 'gauge', labels: { host: `web-${at + 1}` }, value: 50 + 10 * at + 20 * Math.random(), ts });
    const requests = Array.from({ length: 5 }, (_, i) => ({ method: 'GET', route: `/route/${i}`, status: Math.random() < 0.01 ? 500 : 200, duration_ms: 20 + 200 * Math.random(), ts }));
    await appliance.send('/ingest', { metrics: items, requests }).catch(() => undefined);
    busy = false;
  };
  const timer = setInterval(() => void send(), 1000);
  return () => clearInterval(timer);
}
