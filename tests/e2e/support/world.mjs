// One of everything that a page can show: what came, alarms and an episode, checks and what is told of them, channels, keys, dead letters.
import { createServer } from 'node:http';
import { seed } from './seed.mjs';

const json = { 'Content-Type': 'application/json' };

/** A site to look at, and a receiver of messages that answers with what it is told to. */
export async function startSite(answer = 'ok') {
  const site = createServer((request, response) => {
    request.resume();
    request.on('end', () => { response.statusCode = request.url === '/revoked' ? 403 : 200; response.end(answer); });
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${site.address().port}`, stop: () => { site.closeAllConnections(); site.close(); } };
}

/** Waits until `read` answers something. */
export async function eventually(read, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await read();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${read}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

export const itemsOf = async (appliance, path) => (await (await fetch(appliance.address + path)).json()).items ?? [];

async function makeAlarms(appliance, channel) {
  const rule = (name, expr, threshold, more = {}) => appliance.send('/api/app/rules', { name, expr, op: '>', threshold, for: '5m', ...more }, json);
  const [firing] = await Promise.all([rule('Memory in use', 'host_memory_used_ratio', 1e-5, { for: '0s', channels: [channel.id] }), rule('Disk', 'max(host_disk_used_ratio)', 0.9), rule('Queue age', 'max(queue_age_seconds)', 30)]);
  await appliance.send('/api/app/silences', { matchers: ['host="elsewhere"'], duration: '2h', comment: 'moving house' }, json);
  await appliance.send('/api/app/maintenance', { name: 'Sunday patching', schedule: '0 3 * * 0', duration: '1h', time_zone: 'Europe/Berlin' }, json);
  return firing;
}

async function makeChecks(appliance, site) {
  const check = (body) => appliance.send('/api/app/checks', body, json);
  const website = await check({ name: 'Website', kind: 'http', target: site.address, interval: '30s' });
  const down = await check({ name: 'Old shop', kind: 'tcp', target: '127.0.0.1:1', interval: '30s', retries: 0 });
  const backup = await check({ name: 'Nightly backup', kind: 'heartbeat', schedule: '0 3 * * *', grace: '30m' });
  await fetch(new URL(backup.ping_url, appliance.address), { method: 'POST', body: 'copied 14 files' });
  await appliance.send('/api/app/status-pages', { title: 'Example shop', slug: 'shop', checks: [website.id, down.id], names: { [website.id]: 'Website' }, public: true, time_zone: 'UTC' }, json);
  await appliance.send('/api/app/incidents', { title: 'Errors from the API', impact: 'down', text: 'We are looking.' }, json);
  return { website, down, backup };
}

async function makeDashboard(appliance) {
  const panel = (id, kind, expr, x, y, more = {}) => ({ id, title: `${kind} of it`, kind, unit: '', queries: [{ expr, legend: '{{route}}' }], grid: { x, y, w: 4, h: 6 }, ...more });
  const rate = 'histogram_count(sum by (route) (rate(http_request_duration_seconds{method=~"$method"}[5m])))';
  const panels = [panel('line', 'line', rate, 0, 0, { thresholds: [{ value: 1, severity: 'warning' }] }), panel('area', 'area', rate, 4, 0, { stacked: true }), panel('bar', 'bar', 'sum(increase(signups[5m]))', 8, 0),
    panel('stat', 'stat', 'max(queue_age_seconds)', 0, 6), panel('gauge', 'gauge', 'max(host_memory_used_ratio)', 4, 6, { min: 0, max: 1 }), panel('table', 'table', rate, 8, 6), panel('heatmap', 'heatmap', 'sum(increase(http_request_duration_seconds[5m]))', 0, 12)];
  const variables = [{ name: 'method', label: 'Method', metric: 'http_request_duration_seconds', label_name: 'method', value: '', all: true }];
  const dashboard = await appliance.send('/api/app/dashboards', { title: 'Shop', description: 'What customers feel.', panels, variables, range: '1h', pinned: true }, json);
  const share = await appliance.send('/api/app/shares', { dashboard_id: dashboard.id, expires_in: '7d' }, json);
  return { dashboard, share };
}

/** Fills the appliance; answers the ids of what was made. `site` is from startSite(). */
export async function makeWorld(appliance, site) {
  await seed(appliance);
  const channel = await appliance.send('/api/app/channels', { name: 'ops', kind: 'webhook', settings: { url: `${site.address}/hook` } }, json);
  const rule = await makeAlarms(appliance, channel);
  const checks = await makeChecks(appliance, site);
  await appliance.send('/api/app/keys', { name: 'web-1', role: 'ingest' }, json);
  await appliance.send('/api/app/projects', { name: 'shop' }, json);
  await appliance.send('/api/app/annotations', { title: 'Switched to the new pool', kind: 'info', tags: ['db'] }, json);
  await appliance.send('/track/deploy?version=v2.4.1', '1');
  await fetch(`${appliance.address}/write`, { method: 'POST', body: 'orders,shop=a value=12x\n' });
  const episode = await eventually(async () => (await itemsOf(appliance, '/api/app/episodes')).find(({ rule_id: id }) => id === rule.id));
  return { rule, episode, channel, ...checks, ...await makeDashboard(appliance) };
}
