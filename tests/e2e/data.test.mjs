import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, visit } from './support/browser.mjs';

let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const post = (path, body) => fetch(appliance.address + path, { method: 'POST', body });
const api = async (path, init = {}) => (await fetch(appliance.address + path, init)).json();

test('what arrives shows by itself, and a name that is missing is answered', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data');
  await page.getByText('Nothing has arrived yet').waitFor();
  await post('/track/signups?plan=pro', '1');
  await page.locator('tr', { hasText: 'signups{plan="pro"} = 1' }).waitFor();
  await page.locator('tr', { hasText: 'signups{plan="pro"} = 1' }).getByRole('button').click();
  const opened = page.locator('.arrival');
  await opened.getByRole('heading', { name: 'What came' }).waitFor();
  assert.equal(await opened.locator('pre').textContent(), '1');
  await opened.locator('li', { hasText: 'signups{plan="pro"} = 1' }).waitFor();
  await page.locator('tr', { hasText: 'signups' }).getByRole('button', { expanded: true }).click();
  await opened.waitFor({ state: 'detached' });
  const finder = page.getByRole('searchbox');
  await finder.fill('never_sent');
  await page.getByText('was never seen').waitFor();
  await post('/write', 'broken_one value=x\n');
  await finder.fill('broken_one');
  await page.getByText(/Refused at .*because: .*broken_one/).waitFor();
  await page.mouse.move(2, 2);
  await page.locator('tr', { hasText: 'influx' }).getByRole('button').click();
  await opened.locator('pre', { hasText: 'broken_one value=x' }).waitFor();
  await opened.locator('li.bad-text').waitFor();
  await finder.fill('signups');
  await page.getByText('last reported').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('q'), 'signups');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a dead letter is put right, sent again, and gone', async () => {
  await post('/write', 'orders,shop=a value=12x\n');
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/dead-letters');
  await page.getByRole('button', { name: 'Look and fix' }).first().click();
  const letter = page.locator('.letter', { hasText: 'orders' });
  const payload = letter.locator('textarea');
  await letter.getByRole('button', { name: 'Replay' }).click();
  await letter.locator('.wrong').waitFor();
  await payload.fill('orders,shop=a value=12\n');
  await letter.getByRole('button', { name: 'Save and replay' }).click();
  await letter.getByText('It was taken.').waitFor();
  await letter.waitFor({ state: 'detached' });
  const stored = await api(`/api/v1/query?${new URLSearchParams({ query: 'orders' })}`);
  assert.equal(stored.data.result[0].value[1], '12');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a target is scraped, paused and deleted', async () => {
  const exporter = createServer((_, response) => response.setHeader('Content-Type', 'text/plain; version=0.0.4').end('jobs_waiting 7\n'));
  await new Promise((done) => exporter.listen(0, '127.0.0.1', done));
  const page = await visit(browser, appliance);
  try {
    await open(page, appliance, '/data/targets');
    await page.getByText('Nothing is scraped').waitFor();
    await page.getByLabel('Address').fill('ftp://example.com');
    await page.getByRole('button', { name: 'Scrape it' }).click();
    await page.locator('#target-error:not(:empty)').waitFor();
    await page.getByLabel('Job').fill('queue');
    await page.getByLabel('Address').fill(`http://127.0.0.1:${exporter.address().port}/metrics`);
    await page.getByRole('button', { name: 'Scrape it' }).click();
    const row = page.locator('tr', { hasText: 'queue' });
    await row.locator('.dot.ok').waitFor();
    await row.getByRole('button', { name: /^Pause/ }).click();
    await row.getByRole('button', { name: /^Go on/ }).waitFor();
    await row.getByRole('button', { name: /^Delete/ }).click();
    await deleteNow(page);
    await page.getByText('Nothing is scraped').waitFor();
    assert.deepEqual((await api('/api/app/targets')).items, []);
    assert.deepEqual(page.wrong.filter((what) => !what.includes('422') && !what.includes('400')), []);
  } finally {
    exporter.close();
    await page.context().close();
  }
});

test('after a restart the empty inbox says since when, and what came before', async () => {
  await post('/track/before_the_stop', '1');
  const { host } = appliance;
  await appliance.halt();
  await appliance.run(host);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data');
  const words = page.getByText(/^Nothing has arrived since Plimsoll started .*\. The last sample before: before_the_stop, .*\. Listening on http/);
  await words.waitFor();
  const [started, before] = await words.locator('time').evaluateAll((all) => all.map(({ dateTime, title }) => { if (!title.endsWith('UTC')) throw new Error(title); return Date.parse(dateTime); }));
  assert.ok(before < started && started <= Date.now());
  await words.getByRole('link', { name: 'before_the_stop' }).waitFor();
  await post('/track/after_the_start', '1');
  await page.locator('tr', { hasText: 'after_the_start = 1' }).waitFor();
  await words.waitFor({ state: 'detached' });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a label is dropped from now on, and taken back', async () => {
  let next = 0;
  /** Logins of users who were never there before. */
  const logIn = async (count) => post('/ingest', JSON.stringify({ metrics: Array.from({ length: count }, () => ({ name: 'logins', type: 'counter', value: 1, labels: { plan: next % 2 ? 'pro' : 'free', user_id: `u${next++}` } })) }));
  const series = async () => (await api(`/api/v1/series?${new URLSearchParams({ 'match[]': 'logins' })}`)).data;
  await logIn(60);
  await post('/api/v1/import/prometheus', `# TYPE seen_total counter\n${Array.from({ length: 30 }, (_, i) => `seen_total{user_id="u${i}"} 5\n`).join('')}`);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/cardinality');
  const names = page.locator('.card', { has: page.getByRole('heading', { name: 'Names' }) }), row = names.locator('tr', { hasText: 'logins' });
  await row.getByText('Would be 2 series without user_id').waitFor();
  const counter = names.locator('tr', { hasText: 'seen_total' });
  await counter.getByText('Counters of several sources cannot be told apart').waitFor();
  assert.equal(await counter.getByRole('button').isDisabled(), true);

  await page.route('**/api/app/session', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), role: 'read' } });
  });
  await open(page, appliance, '/data/cardinality');
  assert.equal(await row.getByRole('button', { name: 'Drop this label' }).getAttribute('aria-description'), 'Needs the edit role');
  await page.unroute('**/api/app/session');
  await open(page, appliance, '/data/cardinality');

  await row.getByRole('button', { name: 'Drop this label' }).press('Enter');
  await page.getByText('user_id of logins is dropped in 10 s.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.deepEqual((await api('/api/app/cardinality/drops')).items, []);
  await row.getByRole('button', { name: 'Drop this label' }).click();
  await page.getByRole('button', { name: 'Drop now' }).click();
  const dropped = page.locator('.card', { has: page.getByRole('heading', { name: 'Dropped labels' }) });
  await dropped.getByText('the old series end within the hour').waitFor();
  await row.getByText('Comes without user_id').waitFor();

  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  for (const [width, colorScheme] of [[1280, 'dark'], [1280, 'light'], [390, 'light'], [390, 'dark']]) {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => window.axe.run(document));
    assert.deepEqual(violations.map(({ id, nodes }) => `${width} ${colorScheme} ${id}: ${nodes[0].html}`), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${width} px are enough`);
    assert.equal(await counter.getByRole('button').isVisible() && await dropped.getByRole('button', { name: 'Take it back' }).isVisible(), true);
  }
  await page.setViewportSize({ width: 1280, height: 900 });

  assert.equal((await (await logIn(40)).json()).accepted, 40);
  const now = await series();
  await open(page, appliance, '/data/cardinality');
  await row.getByText('Comes without user_id').waitFor();
  assert.equal(await row.getByRole('button').count(), 0, 'of two series no label is worth a drop');
  assert.equal(now.length, 62, 'the 60 of before and one for each plan');
  assert.deepEqual(now.filter(({ user_id: user }) => !user).map(({ plan }) => plan).sort(), ['free', 'pro']);
  const sums = await api(`/api/v1/query?${new URLSearchParams({ query: 'logins{user_id=""}' })}`);
  assert.deepEqual(sums.data.result.map(({ value }) => value[1]), ['20', '20']);

  await dropped.getByRole('button', { name: 'Take it back' }).click();
  await dropped.waitFor({ state: 'detached' });
  await logIn(3);
  assert.equal((await series()).length, 65);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the label that breaks the budget is named, and storage and retention are shown', async () => {
  await fetch(`${appliance.address}/api/app/projects/default`, { method: 'PATCH', body: JSON.stringify({ limits: { max_active_series: 80 } }), headers: { 'Content-Type': 'application/json' } });
  for (let i = 0; i < 5; i++)
    await post('/ingest', JSON.stringify({ metrics: Array.from({ length: 40 }, (_, each) => ({ name: 'clicks', type: 'counter', value: 1, labels: { user_id: `u${i * 40 + each}` } })) }));
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/cardinality');
  await page.getByText('user_id has more values than the budget holds').waitFor();
  await open(page, appliance, '/data/storage');
  await page.getByText('Samples since the start').waitFor();
  await page.getByLabel('Samples', { exact: true }).fill('forever');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.wrong:not(:empty)').waitFor();
  await page.getByLabel('Samples', { exact: true }).fill('20d');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('it holds from the next start').waitFor();
  assert.equal((await api('/api/app/settings')).retention.raw, '20d');
  assert.deepEqual(page.wrong.filter((what) => !what.includes('422') && !what.includes('400')), []);
  await page.context().close();
});
