// Some hours of an application: requests, model calls and metrics of its own.
const routes = [['POST', '/api/chat', 240], ['GET', '/api/me', 12], ['GET', '/search', 90], ['POST', '/api/checkout', 180]];

/** Sends `hours` of one request a route and minute, some of them failed, and what goes with them. The queue's age is highest now, at 14 s, whatever the time of day. */
export async function seed(appliance, hours = 2) {
  const now = Date.now(), requests = [], metrics = [], llm = [];
  for (let at = now - hours * 3600_000; at < now; at += 60_000) {
    routes.forEach(([method, route, base], i) => requests.push({
      method, route, status: (at / 60_000 + i) % 29 < 1 ? 500 : 200, duration_ms: base * (1 + 0.4 * Math.sin(at / 600_000 + i)), ts: Math.round(at),
    }));
    metrics.push({ name: 'queue_age_seconds', value: 8 + 6 * Math.cos((at - now) / 1_200_000), type: 'gauge', labels: { queue: 'mail' }, ts: Math.round(at) });
    metrics.push({ name: 'signups', value: 1, type: 'counter', labels: { plan: at / 60_000 % 3 < 1 ? 'pro' : 'free' }, ts: Math.round(at) });
  }
  llm.push({ provider: 'openai', model: 'gpt-4o', input_tokens: 12_000, output_tokens: 3_000, ts: now - 60_000 });
  await appliance.send('/ingest', { requests, metrics, llm });
}
