import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

const pages = ['/', '/welcome', '/explore', '/explore?q=sum%20by%20(route)%20(rate(http_request_duration_seconds%5B5m%5D))', '/alerts', '/alerts/rules', '/alerts/new?expr=host_cpu_usage_ratio',
  '/alerts/episodes', '/alerts/channels', '/settings/keys', '/settings/projects', '/settings/password', '/settings/appearance', '/login'];
let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  await seed(appliance);
  for (const [name, expr, threshold] of [['Disk', 'host_disk_used_ratio', 0.9], ['Memory', 'host_memory_used_ratio', 0.95]])
    await appliance.send('/api/app/rules', { name, expr, op: '>', threshold, for: '5m' }, { 'Content-Type': 'application/json' });
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const settle = (page) => page.waitForTimeout(1200);

test('dark and light follow the system, then the user', async () => {
  const colors = {};
  for (const theme of ['dark', 'light']) {
    const page = await visit(browser, appliance, { theme });
    await open(page, appliance, '/settings/appearance');
    colors[theme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole('button', { name: theme === 'dark' ? 'Light' : 'Dark', exact: true }).click();
    colors[`chosen in ${theme}`] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.context().close();
  }
  assert.deepEqual(colors, { dark: 'rgb(12, 16, 19)', 'chosen in dark': 'rgb(245, 247, 248)', light: 'rgb(245, 247, 248)', 'chosen in light': 'rgb(12, 16, 19)' });
});

for (const width of [390, 320]) {
  test(`nothing scrolls sideways at ${width} px`, async () => {
    const page = await visit(browser, appliance, { width, height: 800 });
    for (const path of pages) {
      await open(page, appliance, path);
      await settle(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(over <= 0, `${path} is ${over} px too wide`);
    }
    await page.context().close();
  });
}

test('the first load is under 90 KB, from one origin, under a strict policy', async (t) => {
  const page = await visit(browser, appliance);
  // The scripts of the other pages come once the browser is idle; the first load is what this page needs.
  await page.addInitScript(() => { window.requestIdleCallback = () => 0; });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const sizes = new Map(), types = new Map();
  session.on('Network.responseReceived', ({ requestId, response, type }) => types.set(requestId, `${type} ${new URL(response.url).pathname}`));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  const response = await page.goto(`${appliance.address}/`);
  await page.waitForLoadState('load');
  await settle(page);
  const files = [...types].filter(([, what]) => /^(Document|Script|Stylesheet|Other|Image|Font)/.test(what));
  const total = files.reduce((sum, [id]) => sum + (sizes.get(id) ?? 0), 0);
  t.diagnostic(`first load: ${total} bytes in ${files.length} files`);
  assert.ok(total > 20_000 && total < 90_000, `${total} bytes`);
  const policy = response.headers()['content-security-policy'] ?? '';
  assert.ok(policy && !policy.includes('unsafe-inline') && !policy.includes('unsafe-eval') && !/https?:\/\//.test(policy), policy);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
