import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';

let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const api = async (path, init = {}) => (await fetch(appliance.address + path, init)).json();
const names = async (project) => (await api(`/api/app/metrics?project=${project}`)).items.map(({ name }) => name);
const track = async (key, name) =>
  (await fetch(`${appliance.address}/track/${name}`, { method: 'POST', body: '1', headers: { Authorization: `Bearer ${key}` } })).status;

test('a project is made, opened, given a key that expires, limited, and deleted', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/projects');
  await page.getByLabel('Name').fill('My Shop');
  await page.getByRole('button', { name: 'Make project' }).click();
  await page.getByText(/lower-case letters/).waitFor();
  await page.getByLabel('Name').fill('my-shop');
  await page.getByRole('button', { name: 'Make project' }).click();
  await page.locator('tr', { hasText: 'my-shop' }).waitFor();

  await page.getByRole('button', { name: 'Open my-shop' }).click();
  await page.locator('.project', { hasText: 'my-shop' }).waitFor();
  await page.locator('.live.live').waitFor();
  await open(page, appliance, '/settings/keys');
  await page.getByText('sends to my-shop and to no other project').waitFor();
  await page.getByLabel('Name').fill('till');
  await page.getByLabel('Expires').selectOption('30');
  await page.getByRole('button', { name: 'Make key' }).click();
  const key = await page.locator('.once-key code').innerText();
  assert.match(key, /^plm_my-shop_/);
  assert.equal(await track(key, 'sold_in_shop'), 200);
  assert.deepEqual(await names('my-shop'), ['sold_in_shop']);
  assert.ok(!(await names('default')).includes('sold_in_shop'));
  await open(page, appliance, '/explore');
  await page.locator('.metric', { hasText: 'sold_in_shop' }).waitFor();
  assert.equal(await page.locator('.metric', { hasText: 'host_' }).count(), 0);
  const { items } = await api('/api/app/keys?project=my-shop');
  assert.ok(Math.abs(items[0].expires_ms - Date.now() - 30 * 86_400_000) < 600_000);

  await open(page, appliance, '/settings/projects');
  await page.getByRole('button', { name: 'Limits of my-shop' }).click();
  await page.getByLabel('Samples a second').fill('many');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await page.locator('.limits .wrong', { hasText: 'samples_per_second' }).waitFor();
  await page.getByLabel('Samples a second').fill('500');
  await page.getByLabel('Personal data in labels').selectOption('hash');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await page.locator('form.limits').waitFor({ state: 'detached' });
  assert.deepEqual((await api('/api/app/projects/my-shop')).limits, { samples_per_second: 500, personal_data: 'hash' });

  await page.getByRole('button', { name: 'Delete my-shop' }).click();
  await page.getByRole('button', { name: 'Delete now' }).click();
  await page.locator('.project', { hasText: 'default' }).waitFor();
  assert.equal(await track(key, 'sold_in_shop'), 401);
  assert.deepEqual((await api('/api/app/projects')).items.map(({ name }) => name), ['default']);
  assert.deepEqual(page.wrong.filter((what) => !what.includes('422')), []);
  await page.context().close();
});

test('a page whose project is gone goes back to the first one', async () => {
  const page = await visit(browser, appliance);
  await page.context().addInitScript(() => localStorage.setItem('plimsoll.project', 'long-gone'));
  await open(page, appliance, '/settings/keys');
  await page.locator('.project', { hasText: 'default' }).waitFor();
  await page.getByRole('button', { name: 'Make key' }).waitFor();
  await page.context().close();
});
