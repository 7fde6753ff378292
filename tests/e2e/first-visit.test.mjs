import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Appliance } from './support/appliance.mjs';
import { deadlineMs, inkOf, launch, open, until, visit } from './support/browser.mjs';

const run = promisify(execFile);
let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

test('the first visit shows the host, measured and drawn', async (t) => {
  const page = await visit(browser, appliance, { welcomed: false });
  const began = Date.now();
  await page.goto(`${appliance.address}/`);
  await page.waitForURL('**/welcome');
  await until(page, () => [...document.querySelectorAll('.sheet.four .figure')].length === 4
    && [...document.querySelectorAll('.sheet.four .figure')].every((figure) => /\d/.test(figure.textContent)));
  t.diagnostic(`host charts with figures ${Date.now() - began} ms after the first request of the page`);
  const canvases = await page.locator('.sheet.four canvas').all();
  assert.equal(canvases.length, 4);
  await page.waitForTimeout(3000);
  for (const canvas of canvases) assert.ok(await inkOf(canvas) > 50, 'a host chart is blank');
  assert.equal(await page.locator('h1').count(), 1);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a number sent by curl appears without a reload', async (t) => {
  const page = await visit(browser, appliance, { welcomed: false });
  await open(page, appliance, '/welcome');
  await page.locator('.live.live').or(page.locator('.listening')).first().waitFor();
  await page.getByRole('button', { name: 'Copy' }).waitFor();
  await until(page, () => !document.querySelector('.snippet .copy').disabled);
  await page.getByRole('button', { name: 'Copy' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const key = /Bearer (plm_[^"]+)"/.exec(copied)?.[1];
  assert.ok(key && !key.includes('…'), `the whole key is copied: ${copied}`);
  assert.ok(copied.includes(`${appliance.address}/track/revenue?plan=pro`), copied);
  await page.evaluate(() => { window.unreloaded = true; });
  await page.waitForTimeout(500);

  const began = Date.now();
  await run('curl', ['-sS', '--fail', '-d', '49', '-H', `Authorization: Bearer ${key}`, `${appliance.address}/track/revenue?plan=pro`]);
  const answered = Date.now();
  await page.getByText('It is here.').waitFor();
  const seen = Date.now();
  t.diagnostic(`sent to seen ${seen - began} ms, of which curl ${answered - began} ms`);
  assert.match(await page.locator('.listening p').innerText(), /It is here\.\s+revenue\{plan="pro"\} = 49, on disk \d+ ms after it arrived\./);
  assert.equal(await page.evaluate(() => window.unreloaded), true);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('what came before the page listened is told, and each way to send has its snippet with the whole key', async () => {
  const page = await visit(browser, appliance, { welcomed: false });
  await open(page, appliance, '/welcome');
  await page.getByText('The next point will appear here within a second.').waitFor();
  assert.match(await page.locator('.listening p').innerText(), /^revenue\{plan="pro"\} came (just now|.+ ago)\./);
  await until(page, () => !document.querySelector('.snippet .copy').disabled);
  for (const [tab, says] of [['Prometheus', /url: "http:[^"]+\/api\/v1\/write"\n    authorization:\n      credentials: "plm_[\w-]+"$/],
    ['OpenTelemetry', /METRICS_ENDPOINT="http:[^"]+\/v1\/metrics"\n[^]+"Authorization=Bearer%20plm_[\w-]+"$/]]) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('button', { name: 'Copy' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), says);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the overview gains a new metric by itself', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  await page.locator('.live.live').waitFor();
  await page.evaluate(() => { window.unreloaded = true; });
  await appliance.send('/track/checkout?plan=team', '12');
  await page.locator('tr', { hasText: 'checkout{plan="team"}' }).waitFor();
  assert.equal(await page.evaluate(() => window.unreloaded), true);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a refused sample says why, where it was awaited', async () => {
  const fresh = await Appliance.start();
  try {
    const page = await visit(browser, fresh, { welcomed: false });
    await open(page, fresh, '/welcome');
    await until(page, () => !document.querySelector('.snippet .copy').disabled);
    await page.waitForTimeout(1000);
    const response = await fetch(`${fresh.address}/track/revenue`, { method: 'POST', body: 'forty-nine' });
    assert.equal(response.status, 400);
    await page.getByText('Refused.').waitFor();
    await page.context().close();
  } finally {
    await fresh.stop();
  }
});

test('one click keeps the first alarm', async () => {
  const page = await visit(browser, appliance, { welcomed: false });
  await open(page, appliance, '/welcome');
  await page.getByRole('button', { name: 'Keep this alarm' }).click();
  await page.getByText('Kept.').waitFor();
  const { items } = await (await fetch(`${appliance.address}/api/app/rules`)).json();
  assert.equal(items.length, 1);
  assert.deepEqual([items[0].expr, items[0].op, items[0].threshold, items[0].for], ['host_disk_used_ratio', '>', 0.9, '5m']);
  await page.getByRole('link', { name: 'Skip, take me to the overview' }).click();
  await page.locator('.load .column', { hasText: 'Disk above 90 %' }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
