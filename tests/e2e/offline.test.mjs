import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

let appliance, browser;

before(async () => {
  [appliance, browser] = await Promise.all([Appliance.start(), launch()]);
  await seed(appliance);
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const gauge = (name, value, ts = Date.now()) => appliance.send('/ingest', { metrics: [{ name, type: 'gauge', value, ts }] });
const asked = (page, part) => { const urls = []; page.on('request', (request) => { if (request.url().includes(part)) urls.push(new URL(request.url())); }); return urls; };
const opacity = (page) => page.locator('.chart-card .plot').evaluate((plot) => Number(getComputedStyle(plot.querySelector('canvas')).opacity) * Number(getComputedStyle(plot).opacity) * Number(getComputedStyle(plot.querySelector('.canvas')).opacity));

/** As if the tab were put behind another one, or came back. */
const hide = (page, hidden) => page.evaluate((value) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

test('stopped and started again: last data stays and says its age, then the gap fills without a reload', async () => {
  await gauge('tide', 3, Date.now() - 60_000);
  await gauge('tide', 4);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/explore?range=1h&q=tide');
  await page.getByRole('img', { name: /to 4, now 4/ }).waitFor();
  await page.locator('.live.live').waitFor();
  await page.evaluate(() => { window.unreloaded = true; });
  const tries = asked(page, '/api/app/session'), { host } = appliance;
  await appliance.halt();
  await page.getByText(/Reconnecting, last data \d\d:\d\d:\d\d/).waitFor();
  await page.locator('.chart-card').getByText('Plimsoll does not answer.').waitFor();
  assert.equal(await opacity(page), 0.4, 'the last good curve stays, fainter');
  await page.waitForTimeout(4000);
  assert.ok(tries.length >= 1 && tries.length <= 6, `${tries.length} tries in 4 s and a little`);
  await appliance.run(host);
  await gauge('tide', 9, Date.now() - 12_000);
  await gauge('tide', 5);
  await page.locator('.live.live').waitFor({ timeout: 60_000 });
  await page.getByRole('img', { name: /to 9, now 5/ }).waitFor();
  assert.equal(await opacity(page), 1);
  assert.equal(await page.evaluate(() => window.unreloaded), true);
  assert.deepEqual(page.wrong.filter((what) => !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET)/.test(what)), []);
  await page.context().close();
});

test('without a network the page says so, and comes back with it', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  await page.locator('.live.live').waitFor();
  await page.locator('.host-row').first().waitFor();
  await page.context().setOffline(true);
  await page.getByText(/Reconnecting, last data/).waitFor();
  assert.ok(await page.locator('.host-row').count() >= 4, 'the page stays readable');
  await page.context().setOffline(false);
  await page.locator('.live.live').waitFor();
  await page.context().close();
});

test('a hidden tab asks for nothing', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/welcome');
  const queries = asked(page, '/api/v1/query_range');
  await page.waitForTimeout(3500);
  assert.ok(queries.length > 0, 'a tab that is seen asks');
  await hide(page, true);
  await page.waitForTimeout(500);
  queries.length = 0;
  await page.waitForTimeout(4000);
  assert.equal(queries.length, 0);
  await hide(page, false);
  await until(page, () => document.hidden === false);
  await page.waitForTimeout(500);
  assert.ok(queries.length > 0, 'it asks at once when it is seen again');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the tabs of a browser share one stream, and another takes it over', async () => {
  const first = await visit(browser, appliance);
  const streams = [];
  first.context().on('request', (request) => { if (request.url().includes('/api/app/live')) streams.push(request.frame().page()); });
  const tabs = [first];
  for (let i = 0; i < 7; i++) tabs.push(await first.context().newPage());
  for (const tab of tabs) await open(tab, appliance, '/');
  for (const tab of tabs) await tab.locator('.live.live').waitFor();
  assert.equal(streams.length, 1, 'eight tabs, one connection');
  await gauge('shared_by_tabs', 1);
  for (const tab of tabs) await tab.locator('tr', { hasText: 'shared_by_tabs' }).waitFor();
  const leader = streams[0], others = tabs.filter((tab) => tab !== leader);
  await leader.close();
  await gauge('after_the_first', 1);
  await others[0].waitForTimeout(1500);
  await gauge('heard_by_the_others', 1);
  for (const tab of others) await tab.locator('tr', { hasText: 'heard_by_the_others' }).waitFor();
  assert.equal(streams.length, 2);
  await first.context().close();
});

const refusals = [[500, '', ''], [503, 'The database has not answered for 40 s.', 'Nothing is lost.'], [429, 'Too many queries.', 'Wait 2 s.']];

test('each panel says what failed in words, keeps its curve, and tries again', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/?range=1h');
  await page.locator('.sheet.three .figure', { hasText: /\d.*ms/ }).waitFor();
  const height = await page.locator('.sheet.three').evaluate((sheet) => sheet.offsetHeight);
  for (const [status, message, hint] of refusals) {
    await page.route('**/api/v1/query_range*', (route) => route.fulfill({ status, contentType: 'application/json', body: message ? JSON.stringify({ error: { code: 'x', message, hint } }) : '' }));
    await page.getByRole('group', { name: 'Time range' }).getByRole('button', { name: status === 503 ? '1h' : '6h' }).click();
    for (const name of ['Requests', 'Errors', 'Latency'])
      await page.locator('.sheet.three .cell', { has: page.getByRole('heading', { name }) }).getByText(message || `The server answered ${status}`).waitFor();
    if (hint) await page.locator('.sheet.three').getByText(hint).first().waitFor();
    assert.equal(await page.locator('.sheet.three .plot.faint').count(), 3);
    assert.ok(Math.abs(await page.locator('.sheet.three').evaluate((sheet) => sheet.offsetHeight) - height) < 3, 'the panels keep their height');
    await page.unroute('**/api/v1/query_range*');
    await page.locator('.sheet.three').getByRole('button', { name: 'Try again' }).first().click();
    await until(page, () => document.querySelectorAll('.sheet.three .trouble').length === 0);
  }
  await page.context().close();
});
