import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, visit } from './support/browser.mjs';

const password = 'a line on the hull';
let appliance, browser;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const track = async (key) =>
  (await fetch(`${appliance.address}/track/signups`, { method: 'POST', body: '1', headers: { Authorization: `Bearer ${key}` } })).status;

async function remove(page, name) {
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await deleteNow(page);
}

test('a key is shown once, works, and can be deleted', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/keys');
  await page.getByLabel('Name').fill('web-1');
  await page.getByRole('button', { name: 'Make key' }).click();
  const key = await page.locator('.once-key code').innerText();
  assert.match(key, /^plm_/);
  await page.locator('tr', { hasText: 'web-1' }).waitFor();
  assert.equal(await track(key), 200);
  await remove(page, 'web-1');
  const { items } = await (await fetch(`${appliance.address}/api/app/keys`)).json();
  assert.ok(!items.some(({ name }) => name === 'web-1'));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a password closes the door to everybody else', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/password');
  await page.locator('input[name=password]').fill('short');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText(/more characters/).waitFor();
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('heading', { name: 'Change the password' }).waitFor();
  assert.equal((await fetch(`${appliance.address}/api/app/rules`)).status, 401);
  assert.deepEqual(page.wrong, []);

  await page.locator('.who').getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await page.context().close();
});

test('a stranger sees the log in, a wrong password says so, the right one opens', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  await page.locator('#password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('That is not it.').waitFor();
  await page.locator('#password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('.host-row').first().waitFor();
  await page.locator('.live.live').waitFor();
  assert.deepEqual(page.wrong.filter((what) => !what.includes('401')), []);

  await page.goto(`${appliance.address}/settings/keys`);
  await page.getByLabel('Name').fill('after');
  await page.getByRole('button', { name: 'Make key' }).click();
  const key = await page.locator('.once-key code').innerText();
  assert.equal(await track(key), 200);
  assert.equal(await track('plm_default_nonsense'), 401);
  await remove(page, 'after');
  assert.equal(await track(key), 401);
  await page.context().close();
});
