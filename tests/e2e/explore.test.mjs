import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { inkOf, launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  await seed(appliance);
});
after(async () => { await browser?.close(); await appliance?.stop(); });

test('the overview shows requests, latency, endpoints and costs of what came', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/?range=1h');
  await page.locator('.sheet.three .cell', { hasText: 'Latency' }).locator('.figure', { hasText: /\d.*ms/ }).waitFor();
  for (const name of ['Requests', 'Errors', 'Latency']) {
    const cell = page.locator('.sheet.three .cell', { has: page.getByRole('heading', { name }) });
    assert.match(await cell.locator('.figure').innerText(), /\d/, name);
    assert.ok(await inkOf(cell.locator('canvas')) > 500, `${name} is drawn`);
  }
  await page.locator('tr', { hasText: '/api/chat' }).waitFor();
  await page.locator('.cost .figure', { hasText: /\$0\.0\d+/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a metric is found, drawn, grouped, filtered and read as a table', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/explore?range=1h');
  await page.getByText('Pick a metric, or paste PromQL.').waitFor();
  await page.keyboard.press('/');
  await page.getByRole('searchbox', { name: 'Search metrics' }).fill('duration');
  await page.getByRole('button', { name: /http_request_duration_seconds/ }).click();
  await page.locator('.promql code', { hasText: 'histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))' }).waitFor();
  await page.locator('.legend-card tbody tr').first().waitFor();
  assert.ok(await inkOf(page.locator('.chart-card canvas')) > 500);

  await page.getByRole('combobox', { name: 'Group by' }).selectOption('route');
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 4);
  await page.getByRole('button', { name: 'filter' }).click();
  await page.getByRole('combobox', { name: 'Label' }).selectOption('method');
  await page.getByLabel('Value').fill('POST');
  await page.getByRole('button', { name: 'Add' }).click();
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 2);
  assert.match(decodeURIComponent(page.url()), /by\+\(route\).*method="POST"/);

  await page.getByRole('button', { name: 'Table' }).click();
  assert.equal(await page.locator('.chart-card canvas').count(), 0);
  assert.match(await page.locator('.legend-card tbody').innerText(), /\/api\/chat[\s\S]*ms/);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('PromQL by hand is kept, run, and its errors are underlined', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/explore?range=1h');
  const text = page.getByRole('textbox', { name: 'PromQL' });
  await text.fill('max by (queue) (queue_age_seconds) * 2');
  await text.press('Enter');
  await page.getByText('Written by hand').waitFor();
  await page.locator('.legend-card tbody tr', { hasText: 'mail' }).waitFor();
  await text.fill('sum(rate(signups[5m]))) + 1');
  await text.press('Enter');
  const error = page.locator('.query-error');
  await error.waitFor();
  assert.equal(await error.locator('u').innerText(), ')');
  assert.equal(await text.inputValue(), 'sum(rate(signups[5m]))) + 1');
  assert.deepEqual(page.wrong.filter((what) => !what.includes('400')), []);
  await page.context().close();
});

test('the crosshair is read in the legend, and dragging zooms', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/explore?range=1h&q=queue_age_seconds');
  await page.locator('.legend-card tbody tr').first().waitFor();
  const box = await page.locator('.chart-card .u-over').boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.6, y);
  await page.locator('.legend-card th', { hasText: /At \d\d:\d\d/ }).waitFor();
  assert.equal(await page.locator('.pill-time').isVisible(), true);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, y, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('from'));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the keyboard leads everywhere', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  for (const [keys, path] of [['ge', '/explore'], ['ga', '/alerts'], ['gs', '/settings/keys'], ['go', '/']]) {
    await page.keyboard.press(keys[0]);
    await page.keyboard.press(keys[1]);
    await page.waitForURL((url) => url.pathname === path);
  }
  await page.keyboard.press('t');
  await page.keyboard.press('2');
  await page.waitForURL(/range=6h/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: /Search pages/ }).fill('signups');
  await page.getByRole('option', { name: /signups/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/explore\?.*signups/);
  await page.locator('.top h1').click();
  const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.keyboard.press('d');
  await until(page, (color) => getComputedStyle(document.body).backgroundColor !== color, before);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('on a phone the metric opens a list over the whole height', async () => {
  const page = await visit(browser, appliance, { width: 390, height: 844 });
  await open(page, appliance, '/explore?range=1h');
  await page.getByRole('button', { name: 'Pick a metric' }).click();
  const sheet = page.getByRole('dialog', { name: 'Metrics' });
  await sheet.locator('.metric').first().waitFor();
  assert.deepEqual(await sheet.evaluate((element) => { const { top, bottom, width } = element.getBoundingClientRect(); return [top, bottom, width]; }), [0, 844, 390]);
  await page.keyboard.type('queue_age');
  await page.keyboard.press('Enter');
  await sheet.waitFor({ state: 'detached' });
  const metric = page.getByRole('button', { name: 'Metric queue_age_seconds' });
  await metric.click();
  await sheet.getByRole('button', { name: /^signups/ }).click();
  await page.getByRole('button', { name: 'Metric signups' }).waitFor();
  assert.match(new URL(page.url()).searchParams.get('q'), /signups/);
  await page.getByRole('button', { name: 'Another query' }).click();
  await page.getByRole('button', { name: 'Metric signups' }).nth(1).click();
  await sheet.getByRole('button', { name: /^queue_age_seconds/ }).click();
  await page.getByRole('button', { name: 'Metric queue_age_seconds' }).waitFor();
  assert.match(new URL(page.url()).searchParams.get('q'), /signups/, 'the first query stays');
  await page.getByRole('button', { name: 'Metric queue_age_seconds' }).click();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await until(page, () => document.activeElement.getAttribute('aria-label')?.startsWith('Metric queue_age')); // the focus is back
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator('aside.metric-list .metric').first().waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
