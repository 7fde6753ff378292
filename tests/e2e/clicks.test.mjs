import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { inkOf, launch, open, visit } from './support/browser.mjs';
import { eventually, itemsOf, startSite } from './support/world.mjs';

let appliance, browser, site;

before(async () => {
  [browser, site] = await Promise.all([launch(), startSite('ok')]);
  // The one command; what follows needs no other.
  appliance = await Appliance.start();
});
after(async () => { await browser?.close(); await appliance?.stop(); site?.stop(); });

/** Counts what a hand does: each press of the button of the mouse, wherever it comes from. */
async function counting(page) {
  let clicks = 0;
  await page.exposeFunction('clickedOnce', () => { clicks++; });
  await page.addInitScript(() => document.addEventListener('pointerdown', (event) => { if (event.isTrusted) window.clickedOnce(); }, true));
  return () => clicks;
}

test('nothing to first chart: one command and no click', async (t) => {
  const page = await visit(browser, appliance, { welcomed: false });
  const clicks = await counting(page);
  const began = Date.now();
  await page.goto(appliance.address);
  const chart = page.locator('.sheet.four canvas').first();
  await chart.waitFor();
  await eventually(async () => await inkOf(chart) > 50);
  t.diagnostic(`a chart of this machine ${Date.now() - began} ms after the address was opened`);
  assert.equal(clicks(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a metric of one\'s own is on the page by itself', async (t) => {
  const page = await visit(browser, appliance);
  const clicks = await counting(page);
  await open(page, appliance, '/');
  await page.locator('.live.live').waitFor();
  await page.locator('.hint').waitFor();
  // The list that is asked for now and then would show it too, later: the stream has to.
  await page.route('**/api/app/metrics*', () => undefined);
  const began = Date.now();
  await appliance.send('/track/orders?plan=pro', '49');
  await page.locator('tr', { hasText: 'orders{plan="pro"}' }).waitFor();
  t.diagnostic(`on the page ${Date.now() - began} ms after it was sent`);
  assert.equal(clicks(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the first alarm takes at most five clicks, with its past seen and its channel tested', async (t) => {
  const now = Date.now();
  await appliance.send('/ingest', { metrics: Array.from({ length: 120 }, (_, i) => ({ name: 'queue_age_seconds', type: 'gauge', value: 8 + 6 * Math.cos(i / 20), ts: now - i * 60_000 })) });
  const page = await visit(browser, appliance);
  const clicks = await counting(page);
  await open(page, appliance, '/');
  await page.getByRole('link', { name: 'queue_age_seconds' }).first().click();
  await page.getByRole('link', { name: 'Set alarm' }).first().click();
  await page.getByText(/Would (not )?have fired/).first().waitFor();
  await page.getByRole('slider', { name: /Height of the line/ }).waitFor();
  await page.getByLabel('Tell this address').click();
  await page.keyboard.type(`${site.address}/hook`);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Send a test to / }).click();
  await page.getByText(/200 OK in \d+ ms/).waitFor();
  await page.getByRole('button', { name: 'Save alarm' }).click();
  await page.waitForURL('**/alerts/rules');
  t.diagnostic(`${clicks()} clicks`);
  assert.ok(clicks() <= 5, `${clicks()} clicks`);
  const [rule] = await itemsOf(appliance, '/api/app/rules'), [channel] = await itemsOf(appliance, '/api/app/channels');
  assert.match(rule.expr, /queue_age_seconds/);
  assert.deepEqual(rule.channels, [channel.id]);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
