import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';

const password = 'a line on the hull';
let appliance, browser;

before(async () => { [appliance, browser] = await Promise.all([Appliance.start(), launch()]); });
after(async () => { await browser?.close(); await appliance?.stop(); });

test('a key is shown once, works, and is gone after it was deleted', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/keys');
  await page.getByLabel('Name').fill('web-1');
  await page.getByRole('button', { name: 'Make key' }).click();
  const key = await page.locator('.once-key code').innerText();
  assert.match(key, /^plm_/);
  await page.locator('tr', { hasText: 'web-1' }).waitFor();
  const sent = await fetch(`${appliance.address}/track/signups`, { method: 'POST', body: '1', headers: { Authorization: `Bearer ${key}` } });
  assert.equal(sent.status, 200);
  await page.getByRole('button', { name: 'Delete web-1' }).click();
  await page.getByRole('button', { name: 'Delete now' }).click();
  await page.waitForResponse((response) => response.request().method() === 'DELETE');
  const refused = await fetch(`${appliance.address}/track/signups`, { method: 'POST', body: '1', headers: { Authorization: `Bearer ${key}` } });
  assert.equal(refused.status, 401);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a password closes the door to everybody else', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/password');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText(/more characters/).waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('heading', { name: 'Change the password' }).waitFor();
  assert.equal((await fetch(`${appliance.address}/api/app/rules`)).status, 401);
  assert.deepEqual(page.wrong, []);

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await page.context().close();
});

test('a stranger sees the log in, a wrong password says so, the right one opens', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('That is not it.').waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('.host-row').first().waitFor();
  await page.locator('.live.live').waitFor();
  assert.deepEqual(page.wrong.filter((what) => !what.includes('401')), []);

  await page.goto(`${appliance.address}/settings/keys`);
  await page.getByLabel('Name').fill('after');
  await page.getByRole('button', { name: 'Make key' }).click();
  await page.locator('.once-key code').waitFor();
  await page.context().close();
});
