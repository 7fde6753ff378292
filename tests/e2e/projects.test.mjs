import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, until, visit } from './support/browser.mjs';

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
  await open(page, appliance, '/settings/keys');
  await page.locator('.table tbody tr', { hasText: 'till' }).waitFor();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  assert.equal(new URL(page.url()).searchParams.get('sort'), 'name.up');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  assert.match(await readFile(await file.path(), 'utf8'), /^Name,Role,Begins with,Made,Last used,Expires\r\ntill,ingest,plm_my-shop_[^,]+,\d{4}-[^,]+Z,[^,]*,\d{4}-[^,]+Z\r\n$/);
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
  await deleteNow(page);
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

test('the switch opens a list that works by keys, and leads to where projects are managed', async () => {
  for (const name of ['alpha', 'beta']) await api('/api/app/projects', { method: 'POST', body: JSON.stringify({ name }) });
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/inbox');
  const button = page.getByRole('button', { name: 'Project default' }).first(), focuses = (text) => until(page, (part) => document.activeElement.textContent.includes(part), text);
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: 'beta' }).waitFor();
  assert.equal(await page.getByRole('menuitemradio', { checked: true }).innerText(), 'default');
  await focuses('default');
  await page.keyboard.press('b');
  await focuses('beta');
  await page.keyboard.press('End');
  await focuses('Manage projects');
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await button.and(page.locator(':focus')).waitFor(); // the focus is back
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: 'beta' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Project beta' }).first().waitFor();
  await page.getByRole('button', { name: 'Project beta' }).first().click();
  await page.getByRole('menuitem', { name: 'Manage projects' }).click();
  await page.waitForURL(/settings\/projects$/);
  await page.getByRole('menu').waitFor({ state: 'detached' });
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a phone switches the project behind More', async () => {
  const page = await visit(browser, appliance, { width: 390, height: 844 });
  await open(page, appliance, '/data/inbox');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('dialog', { name: 'More pages' }).getByRole('button', { name: 'Project default' }).click();
  const item = page.getByRole('menuitemradio', { name: 'alpha' });
  await item.waitFor();
  assert.ok((await item.boundingBox()).height >= 40, 'large enough for a finger');
  await item.click();
  await page.waitForURL((url) => url.pathname === '/');
  assert.equal(await page.evaluate(() => localStorage.getItem('plimsoll.project')), 'alpha');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('Enter in the search means the first that comes, and a route is found where it is', async () => {
  await fetch(`${appliance.address}/track/late_comer`, { method: 'POST', body: '1' });
  await fetch(`${appliance.address}/ingest`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ requests: [{ method: 'GET', route: '/files/C:\\temp', status: 200, duration_ms: 5 }] }) });
  const page = await visit(browser, appliance);
  await page.route('**/api/app/metrics', async (route) => { await new Promise((done) => setTimeout(done, 900)); await route.continue(); });
  await open(page, appliance, '/settings/about');
  await page.keyboard.press('/');
  await page.getByRole('combobox').fill('late_comer');
  await page.keyboard.press('Enter');
  await page.getByText('Looking for “late_comer”').waitFor();
  await page.waitForURL(/\/explore\?/);
  await page.locator('.builder', { hasText: 'late_comer' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Search' }).getByRole('combobox').fill('/files/C');
  await page.getByRole('dialog', { name: 'Search' }).getByRole('option', { name: /files/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /C:\\temp/ }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: /C:\\temp/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
