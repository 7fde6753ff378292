import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, visit } from './support/browser.mjs';

let appliance, browser, site, answer;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  answer = { status: 200, text: 'all is ok' };
  site = createServer((_, response) => { response.statusCode = answer.status; response.end(answer.text); });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
});
after(async () => { site?.close(); await browser?.close(); await appliance?.stop(); });

const api = async (path, init = {}) => (await fetch(appliance.address + path, init)).json();

test('an address is pasted, looked at, goes down, comes back, is changed and deleted', async () => {
  const page = await visit(browser, appliance);
  const address = `http://127.0.0.1:${site.address().port}/health`;
  await open(page, appliance, '/checks');
  await page.getByText('Nothing is being checked').waitFor();
  await page.getByRole('button', { name: 'Save check' }).click();
  await page.getByText('Say what to look at.').waitFor();
  await page.getByLabel('Address', { exact: true }).fill(address);
  await page.getByLabel('Address', { exact: true }).blur();
  await page.locator('.trial', { hasText: 'It is up after' }).waitFor();
  assert.deepEqual((await api('/api/app/checks')).items, [], 'what is tried out is not kept');
  await page.getByLabel('Name', { exact: true }).fill('Website');
  await page.getByLabel('Every').fill('1s');
  await page.getByLabel('The answer contains').fill('ok');
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByLabel('Give up after').fill('900ms');
  await page.getByLabel('Bad results before it is down').fill('1');
  await page.getByRole('button', { name: 'Save check' }).click();
  await page.getByRole('heading', { name: 'Website is up' }).waitFor();

  answer = { status: 503, text: 'not today' };
  await page.getByRole('heading', { name: 'Website is down' }).waitFor();
  await page.getByText('503').first().waitFor();
  await open(page, appliance, '/checks');
  await page.getByText('1 check is down').waitFor();
  answer = { status: 200, text: 'all is ok' };
  await page.getByText('The check is up').waitFor();

  await page.getByRole('link', { name: 'Website' }).first().click();
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Front page');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Front page is up' }).waitFor();
  const { items } = await api('/api/app/checks');
  assert.equal(items[0].name, 'Front page');
  assert.equal(items[0].expect.text, 'ok');
  await page.getByRole('button', { name: 'Delete' }).click();
  await deleteNow(page);
  await page.getByText('Nothing is being checked').waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a pasted address is looked at before it is saved, and says what is wrong', async () => {
  const page = await visit(browser, appliance);
  answer = { status: 503, text: 'not today' };
  await open(page, appliance, '/checks');
  const target = page.locator('.check-form input').first(), trial = page.locator('.trial');
  await target.focus();
  await target.evaluate((input, text) => {
    input.dispatchEvent(new ClipboardEvent('paste', { bubbles: true }));
    input.value = text;
    input.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));
  }, `http://127.0.0.1:${site.address().port}/`);
  await trial.getByText('It is down').waitFor();
  await trial.getByText('503').waitFor();
  answer = { status: 200, text: 'all is ok' };
  await trial.getByRole('button', { name: 'Look again' }).click();
  await trial.getByText('It is up').waitFor();
  await target.fill('http://127.0.0.1:1/');
  await trial.getByText('shows here before you save').waitFor();
  await target.blur();
  await trial.getByText(/refused/).waitFor();
  assert.deepEqual((await api('/api/app/checks')).items, []);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('what was pasted says what kind of check it is, and a wrong one is explained', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/checks');
  const kind = page.getByLabel('Kind'), target = page.locator('.check-form input').first();
  for (const [text, expected] of [['db.internal:5432', 'tcp'], ['example.com:443', 'tls'], ['postgresql://db/app', 'postgresql'], ['redis://cache:6379', 'redis'], ['example.com', 'dns'], ['/var', 'disk'], ['sum(up) > 0', 'query'], ['https://example.com', 'http']]) {
    await target.fill(text);
    assert.equal(await kind.inputValue(), expected, text);
  }
  await page.getByLabel('Every').fill('often');
  await page.getByRole('button', { name: 'Save check' }).click();
  await page.locator('.check-form .wrong:not(:empty)').waitFor();
  await page.context().close();
});
