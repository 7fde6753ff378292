// Endpoints: the list with its filters, order, keys and CSV, the page of a route, and what is said when nothing comes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { inkOf, launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

let appliance, browser, page;
const rule = (name, threshold) => ({ name, expr: 'histogram_quantile(0.95, sum(rate(http_request_duration_seconds{method="POST", route="/api/chat"}[5m])))', op: '>', threshold, for: '5m' });

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  page = await visit(browser, appliance);
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const rows = () => page.locator('.sortable tbody tr[data-row]');
const routes = () => rows().locator('.route .mono').allInnerTexts();
const query = () => new URL(page.url()).searchParams;
const rowCount = (count) => until(page, (wanted) => document.querySelectorAll('.sortable tbody tr[data-row]').length === wanted, count);

test('without a request, one sentence and the line for FastAPI', async () => {
  await open(page, appliance, '/endpoints');
  await page.getByRole('heading', { name: 'No requests seen yet.' }).waitFor();
  assert.match(await page.locator('.no-requests pre').innerText(), new RegExp(`Metrics\\(app, "${appliance.address}"`));
  await page.locator('.no-requests').getByRole('link', { name: 'With a key in it' }).waitFor();
});

test('routes stand by share of time, and say how they answer', async () => {
  await seed(appliance);
  await appliance.send('/ingest', { requests: [{ method: 'GET', route: '/<script>alert(1)</script>', status: 404, duration_ms: 1, ts: Date.now() - 1000 }] });
  await appliance.send('/api/app/rules', rule('Slow chat', 0.2), { 'Content-Type': 'application/json' });
  await open(page, appliance, '/endpoints?range=6h');
  await rowCount(5);
  assert.deepEqual((await routes()).slice(0, 3), ['/api/chat', '/api/checkout', '/search']);
  assert.equal((await routes())[4], '/<script>alert(1)</script>');
  const first = await rows().first().innerText();
  assert.match(first, /POST\s*\/api\/chat/);
  assert.match(first, /4\d %/, 'its share of time');
  assert.match(first, /\d+\sms[\s\S]*\d+\sms/, 'its percentiles');
  assert.match(first, /[34]\.\d+\s%/, 'its errors');
  await rows().first().locator('.spark').waitFor();
});

test('the header sorts, the address keeps it, and reload does too', async () => {
  await page.getByRole('button', { name: 'p95' }).click();
  await until(page, () => new URL(location).searchParams.get('sort') === 'p95.down');
  await page.getByRole('button', { name: 'p95' }).click();
  await until(page, () => new URL(location).searchParams.get('sort') === 'p95.up');
  assert.equal((await routes())[0], '/<script>alert(1)</script>');
  await page.reload();
  await rowCount(5);
  assert.equal((await routes())[0], '/<script>alert(1)</script>');
  assert.match(await page.locator('th[aria-sort=ascending]').innerText(), /p95\s*↑/);
  await page.getByRole('button', { name: 'Route', exact: true }).click();
  assert.equal((await routes())[0], '/<script>alert(1)</script>', 'by letter, GET before POST');
});

test('routes are filtered by text, method, answer and label', async () => {
  await appliance.send('/ingest', { metrics: [{ name: 'http_request_duration_seconds', type: 'distribution', value: 0.5, labels: { method: 'GET', route: '/eu', status: '200', region: 'eu' }, ts: Date.now() - 1000 }] });
  await open(page, appliance, '/endpoints?range=6h');
  await rowCount(6);
  await page.getByRole('searchbox', { name: 'Filter routes' }).fill('CHE');
  await rowCount(1);
  assert.equal(query().get('q'), 'CHE');
  await page.getByRole('searchbox', { name: 'Filter routes' }).fill('');
  await page.getByRole('combobox', { name: 'Method' }).selectOption('POST');
  await rowCount(2);
  await page.getByRole('combobox', { name: 'Method' }).selectOption('');
  await page.getByRole('group', { name: 'Answered with' }).getByRole('button', { name: '4xx' }).click();
  await rowCount(1);
  await page.getByText('Only requests answered with 4xx are counted.').waitFor();
  await page.getByRole('group', { name: 'Answered with' }).getByRole('button', { name: 'All' }).click();
  await page.getByRole('combobox', { name: 'Label', exact: true }).selectOption('region');
  await page.getByRole('combobox', { name: 'Value of region' }).selectOption('eu');
  await rowCount(1);
  assert.deepEqual(await routes(), ['/eu']);
  await page.reload();
  await rowCount(1);
  assert.equal(query().get('label'), 'region=eu');
  await page.getByRole('searchbox', { name: 'Filter routes' }).fill('nothing like it');
  await page.getByText('No route fits.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await rowCount(6);
});

test('j, k and Enter walk the rows, and the foot gives CSV', async () => {
  await page.locator('#main').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await until(page, () => document.activeElement?.closest('[data-row]')?.dataset.row === '0');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.equal(file.suggestedFilename(), 'endpoints.csv');
  assert.match(lines[0], /^Route,Req\/s,Share of time,p50,p95,p99,Errors,4xx,5xx$/);
  assert.equal(lines.length, 7);
  assert.match(lines[1], /^POST \/api\/chat,0\.\d+,0\.\d+,/);
  await page.locator('.sortable a').first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /POST \/api\/chat/ }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/endpoints/POST/api/chat');
});

test('the page of a route has its curves, answers, alarms and a way to set one', async () => {
  await open(page, appliance, '/endpoints/POST/api/chat?range=6h');
  for (const name of ['Requests', 'Errors', 'Latency']) {
    const cell = page.locator('.sheet.three .cell', { has: page.getByRole('heading', { name, exact: true }) });
    await cell.locator('.figure', { hasText: /\d/ }).waitFor();
    assert.ok(await inkOf(cell.locator('canvas')) > 500, `${name} is drawn`);
  }
  await page.getByRole('region', { name: 'Latency heatmap' }).locator('canvas').waitFor();
  await page.getByRole('region', { name: 'Latency against last week' }).locator('.note', { hasText: 'nothing came then' }).waitFor();
  const answers = page.getByRole('region', { name: 'Answers' });
  assert.match(await answers.innerText(), /200 OK[\s\S]*9[56][\s\S]*500 Server error/);
  await page.getByRole('region', { name: 'Alarms on it' }).getByRole('link', { name: 'Slow chat' }).waitFor();
  const set = new URL(await page.locator('.actions').getByRole('link', { name: 'Set alarm' }).getAttribute('href'), appliance.address);
  assert.match(set.searchParams.get('expr'), /histogram_quantile\(0\.95.*method="POST", route="\/api\/chat"/);

  await open(page, appliance, '/endpoints/GET/eu?range=6h');
  await page.getByRole('region', { name: 'Top labels' }).getByText('region').waitFor();
  await page.getByRole('region', { name: 'Alarms on it' }).getByText('Nothing watches this route.').waitFor();
  await open(page, appliance, `/endpoints/GET/${encodeURIComponent('<script>alert(1)<')}/${encodeURIComponent('script>')}?range=6h`);
  await page.getByRole('region', { name: 'Answers' }).getByText('404').waitFor();
});

test('a route without requests in the range says when there were some', async () => {
  await open(page, appliance, '/endpoints/GET/eu?from=2026-01-01&to=2026-01-02');
  await page.getByText(/No requests in this range. The last came/).waitFor();
  await page.getByRole('button', { name: 'Show 30 days' }).click();
  await page.getByRole('region', { name: 'Answers' }).waitFor();
});

test('an error is said in place, and the list stays; offline too', async () => {
  await open(page, appliance, '/endpoints?range=6h');
  await rowCount(6);
  await page.route('**/metrics/endpoints*', (route) => route.fulfill({ status: 422, json: { error: { code: 'too_much', message: 'That would read 40 M samples.', hint: 'Ask for a shorter range.' } } }));
  await page.getByRole('button', { name: '24h', exact: true }).click();
  await page.getByRole('alert').getByText('That would read 40 M samples. Ask for a shorter range.').waitFor();
  await page.unroute('**/metrics/endpoints*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await rowCount(6);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: '6h', exact: true }).click();
  await page.getByText('Plimsoll does not answer.').waitFor();
  assert.equal(await rows().count(), 6, 'what was known stays');
  await page.context().setOffline(false);
  await page.getByText('Plimsoll does not answer.').waitFor({ state: 'detached' });
  page.wrong = page.wrong.filter((what) => !/422|ERR_INTERNET_DISCONNECTED/.test(what));
});

test('many routes are drawn only where they are seen, and warned of', async () => {
  const now = Date.now();
  for (let part = 0; part < 2; part++)
    await appliance.send('/ingest', { requests: Array.from({ length: 550 }, (_, i) => ({ method: 'GET', route: `/users/${part * 550 + i}`, status: 200, duration_ms: 1, ts: now - 5000 })) });
  await open(page, appliance, '/endpoints?range=1h');
  await page.getByText(/\/users\/\d+-like paths are piling up: 1,1\d\d routes\. Send the route template\./).waitFor();
  assert.ok(await rows().count() < 200, `${await rows().count()} rows drawn`);
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await until(page, () => Number([...document.querySelectorAll('.sortable [data-row]')].pop()?.dataset.row) >= 1100);
});

test('a phone has cards of route, p95 and errors', async () => {
  const phone = await visit(browser, appliance, { width: 390, height: 844 });
  await open(phone, appliance, '/endpoints?range=6h&q=chat');
  const card = phone.locator('.row-cards li').first();
  assert.match(await card.innerText(), /POST \/api\/chat[\s\S]*p95[\s\S]*ms[\s\S]*errors/);
  await card.getByRole('link').click();
  await phone.getByRole('heading', { level: 1, name: /POST/ }).waitFor();
  assert.deepEqual(phone.wrong, []);
  await phone.context().close();
});

test('nothing went wrong on the way', () => assert.deepEqual(page.wrong, []));
