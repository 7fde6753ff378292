// Hostile texts in every place where a person or a program may leave a text.
import { hostile, long } from './hostile.mjs';
import { eventually, itemsOf } from './world.mjs';

const json = { 'Content-Type': 'application/json' };

/** What the appliance refuses is refused: then the text stands in its dead letters or nowhere. */
async function tried(appliance, path, body, headers = json) {
  const response = await fetch(appliance.address + path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await response.text();
  return response.ok && text.startsWith('{') ? JSON.parse(text) : null;
}

const inPieces = async (list, make) => { const made = []; for (let i = 0; i < list.length; i += 10) made.push(...await Promise.all(list.slice(i, i + 10).map(make))); return made.filter(Boolean); };

const quoted = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

async function plantSeries(appliance) {
  const named = hostile.map((text) => ({ name: text, type: 'gauge', value: 1 })), valued = hostile.map((text, i) => ({ name: 'hostile_value', type: 'gauge', value: i, labels: { text } }));
  const labelled = hostile.map((text) => ({ name: 'hostile_label', type: 'gauge', value: 1, labels: { [text]: 'x' } }));
  const requests = hostile.map((text) => ({ method: 'GET', route: text, status: 200, duration_ms: 5 })), llm = [...hostile.slice(0, 30), ...hostile.slice(-7)].map((text) => ({ provider: text, model: text, endpoint: text, input_tokens: 1000, output_tokens: 10 }));
  await tried(appliance, '/ingest', { metrics: [...named, ...valued, ...labelled, { name: long, type: 'gauge', value: 1 }, { name: 'x', type: 'gauge', value: 1, labels: { text: long.repeat(3) } }, { name: 'nul\u0000byte<b>', value: 1 }], requests, llm });
  const lines = hostile.map((text) => `# HELP hostile_value ${text.replaceAll('\n', ' ')}\n# UNIT hostile_value ${text.replaceAll(/\s/g, '')}\nhostile_bucket{le=${quoted(text)}} 1\nhostile_bucket{le="+Inf"} 1\n`).join('');
  await tried(appliance, '/api/v1/import/prometheus', lines, {});
  for (const text of hostile.slice(0, 25)) await tried(appliance, '/write', `${text} ${text}=1x\n`, {});
  await appliance.send('/track/deploy?version=' + encodeURIComponent(hostile[0]), '1');
}

async function plantAlarms(appliance, site) {
  const channels = await inPieces(hostile.slice(0, 40), (text) => tried(appliance, '/api/app/channels', { name: text, kind: 'webhook', settings: { url: `${site.address}/revoked` } }));
  const rules = await inPieces(hostile, (text, i) => tried(appliance, '/api/app/rules', {
    name: text, expr: `hostile_value{text=${quoted(text)}}`, op: '>', threshold: -1, for: '0s', channels: channels.slice(0, 1).map(({ id }) => id), labels: { team: text }, annotations: { summary: `${text} {{ $labels.text }}`, description: text } }));
  await inPieces(hostile.slice(0, 20), (text) => tried(appliance, '/api/app/silences', { matchers: [{ name: 'elsewhere', op: '=', value: text }], duration: '2h', comment: text, created_by: text }));
  await inPieces(hostile.slice(0, 20), (text) => tried(appliance, '/api/app/maintenance', { name: text, comment: text, schedule: '0 3 * * 0', duration: '1h', time_zone: 'UTC' }));
  return { channels, rules };
}

async function plantChecks(appliance) {
  const checks = await inPieces(hostile, (text) => tried(appliance, '/api/app/checks', { name: text, kind: 'heartbeat', schedule: '0 3 * * *' }));
  await inPieces(checks, ({ ping_url: url }) => tried(appliance, `${url}/fail`, hostile.join('\n'), {}));
  const shown = checks.slice(0, 40);
  await appliance.send('/api/app/status-pages', { title: hostile[0], slug: 'hostile', text: hostile.slice(0, 20).join(' '), checks: shown.map(({ id }) => id), names: Object.fromEntries(shown.map(({ id, name }) => [id, name])), public: true, time_zone: 'UTC' }, json);
  await inPieces(hostile, (text, i) => tried(appliance, '/api/app/incidents', { title: text, impact: i % 2 ? 'down' : 'slow', text, ...(i % 3 ? { checks: checks.slice(i, i + 2).map(({ id }) => id) } : {}) }));
  return checks;
}

async function plantOthers(appliance) {
  await inPieces(hostile, (text) => tried(appliance, '/api/app/annotations', { title: text, text, kind: 'warning', host: text, tags: [text] }));
  await inPieces(hostile.slice(0, 40), (text) => tried(appliance, '/api/app/keys', { name: text, role: 'ingest' }));
  await inPieces(hostile.slice(0, 10), (text) => tried(appliance, '/api/app/projects', { name: text }));
  await inPieces(hostile.slice(0, 10), (text) => tried(appliance, '/api/app/targets', { job: text, url: `http://127.0.0.1:1/${encodeURIComponent(text)}` }));
}

async function plantDashboards(appliance) {
  const kinds = ['stat', 'table', 'line', 'bar', 'gauge', 'area'];
  const panels = hostile.map((text, i) => ({ id: `p${i}`, title: text, kind: kinds[i % 6], unit: '', queries: [{ expr: `hostile_value{text=${quoted(text)}}`, legend: `${text} {{text}}` }], grid: { x: (i % 4) * 3, y: Math.floor(i / 4) * 4, w: 3, h: 4 } }));
  const variables = [{ name: 'choice', label: hostile[0], options: hostile, value: hostile[1], all: true }, { name: 'found', label: hostile[15], metric: 'hostile_value', label_name: 'text', value: '' }];
  const whole = await tried(appliance, '/api/app/dashboards', { title: hostile[0], description: hostile.join(' '), panels, variables, range: '1h', pinned: true });
  await inPieces(hostile.slice(1, 60), (text, i) => tried(appliance, '/api/app/dashboards', { title: text, description: text, panels: [], pinned: true }));
  const share = whole && await tried(appliance, '/api/app/shares', { dashboard_id: whole.id, expires_in: '7d' });
  return { dashboard: whole, share };
}

/** Saved by a key, whose name stands then beneath the dashboard's title. */
async function plantSigned(appliance) {
  for (const text of hostile.slice(0, 6)) {
    const made = await tried(appliance, '/api/app/keys', { name: text, role: 'edit' });
    if (made) await tried(appliance, '/api/app/dashboards', { title: `signed ${text}`, panels: [] }, { ...json, Authorization: `Bearer ${made.key}` });
  }
}

/** A dashboard of Grafana of which each text is one of them. */
export const grafanaOf = (texts) => ({
  title: texts[0], description: texts.join(' '), schemaVersion: 36, tags: texts, time: { from: 'now-1h', to: 'now' },
  templating: { list: texts.map((text, i) => ({ type: ['custom', 'query', text][i % 3], name: i % 4 ? `v${i}` : text, label: text, query: i % 3 === 1 ? `label_values(hostile_value, ${text})` : text, current: { text, value: text }, options: [{ text, value: text }] })) },
  annotations: { list: texts.slice(0, 5).map((text) => ({ name: text, expr: text, datasource: text })) },
  links: texts.slice(0, 5).map((text) => ({ title: text, url: text })),
  panels: texts.map((text, i) => ({
    id: i + 1, title: text, description: text, type: ['timeseries', 'stat', 'table', text, 'text', 'gauge'][i % 6], gridPos: { x: (i % 4) * 6, y: Math.floor(i / 4) * 6, w: 6, h: 6 }, options: { content: text, mode: 'html' },
    links: [{ title: text, url: text }], fieldConfig: { defaults: { unit: text, displayName: text, custom: {}, thresholds: { steps: [{ color: text, value: null }, { color: 'red', value: 5 }] } }, overrides: [{ matcher: { id: 'byName', options: text }, properties: [{ id: text, value: text }] }] },
    targets: [{ refId: 'A', expr: i % 2 ? 'hostile_value' : text, legendFormat: `${text} {{text}}` }],
  })),
});

/** Leaves all texts in all places; answers the ids of those that have a page of their own. */
export async function plant(appliance, site) {
  await plantSeries(appliance);
  const { channels, rules } = await plantAlarms(appliance, site), checks = await plantChecks(appliance);
  await plantOthers(appliance);
  const dashboards = await plantDashboards(appliance);
  await plantSigned(appliance);
  const episodes = await eventually(async () => { const found = await itemsOf(appliance, '/api/app/episodes?limit=500'); return found.length >= rules.length / 2 && found; });
  return { channels, rules, checks, episodes, ...dashboards };
}
