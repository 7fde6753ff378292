import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, until, visit } from './support/browser.mjs';

const password = 'a line on the hull', other = 'quite another line';
let appliance, browser, admin;

/** A session by hand, for what is arranged or looked at beside the page. */
async function logIn(name, word = password) {
  const login = await fetch(`${appliance.address}/login`, { method: 'POST', body: JSON.stringify({ name, password: word }) });
  if (!login.ok) return { status: login.status };
  const headers = { Cookie: login.headers.get('set-cookie').split(';')[0] };
  const { csrf } = await (await fetch(`${appliance.address}/api/app/session`, { headers })).json();
  return { status: 200, headers: { ...headers, 'X-Plimsoll-Csrf': csrf } };
}

const ask = async (who, path, method = 'GET', body) => {
  const response = await fetch(appliance.address + path, { method, headers: who.headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  return { status: response.status, ...(text ? JSON.parse(text) : {}) };
};

async function enter(page, name, word = password) {
  await page.goto(`${appliance.address}/login`);
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  if (await page.getByLabel('Name').count()) await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(word);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** What a browser says of a 401 or a 409 that the page took in its stride. */
const unexpected = (page, ...expected) => page.wrong.filter((what) => !expected.some((status) => what.includes(status)));

before(async () => {
  appliance = await Appliance.start();
  await fetch(`${appliance.address}/api/app/projects`, { method: 'POST', body: JSON.stringify({ name: 'shop' }) });
  await fetch(`${appliance.address}/api/app/rules`, { method: 'POST', body: JSON.stringify({ name: 'Disk', expr: 'host_disk_used_ratio', op: '>', threshold: 2, severity: 'warning' }) });
  await fetch(`${appliance.address}/api/app/channels`, { method: 'POST', body: JSON.stringify({ name: 'Ops', kind: 'webhook', settings: { url: 'http://127.0.0.1:1/' } }) });
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

test('users come after the first password; one field becomes two', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/users');
  await page.getByText('nobody logs in yet').waitFor();
  await page.getByRole('link', { name: 'Set the password of admin' }).click();
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.locator('.who', { hasText: 'admin' }).waitFor();
  admin = await logIn('admin');

  await open(page, appliance, '/settings/users');
  await page.getByText('Nobody but admin yet').waitFor();
  const make = page.getByRole('button', { name: 'Make user' });
  await page.getByLabel('Name', { exact: true }).fill('two words');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await make.click();
  await page.getByText(/without spaces/).waitFor();
  for (const [name, role] of [['rita', 'read'], ['edda', 'edit'], ['anna', 'admin']]) {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Role').first().selectOption(role);
    await make.click();
    await page.locator('tr', { hasText: name }).waitFor();
  }
  await page.getByLabel('Name', { exact: true }).fill('RITA');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await make.click();
  await page.getByText('There is a user "RITA" already.').waitFor();
  await page.reload();
  await page.locator('tr', { hasText: 'edda' }).waitFor();
  assert.deepEqual(unexpected(page, '422', '409'), []);
  await page.getByRole('button', { name: 'Log out' }).first().click();
  await page.getByLabel('Name').waitFor();
  await page.context().close();
});

test('a wrong login counts down by the real limiter', async () => {
  const page = await visit(browser, appliance);
  await enter(page, 'rita', 'not the password');
  await page.getByText("That is not it. 4 tries left, then a minute's wait.").waitFor();
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('.who', { hasText: 'rita' }).waitFor();
  assert.deepEqual(unexpected(page, '401'), []);
  await page.context().close();
});

const everyPage = ['/', '/explore', '/dashboards', '/endpoints', '/costs', '/checks', '/alerts', '/alerts/rules', '/alerts/new', '/alerts/episodes', '/alerts/silences', '/alerts/channels', '/data', '/data/inbox',
  '/data/dead-letters', '/data/cardinality', '/data/storage', '/settings/keys', '/settings/projects', '/settings/users', '/settings/prices', '/settings/backup', '/settings/password', '/settings/appearance', '/settings/about', '/docs', '/welcome'];

/** Waits, within bounds, until everything that was asked for is answered, but for the streams. */
async function settled(page) {
  for (let calm = 0, rounds = 0; calm < 3 && rounds < 60; rounds++) {
    await page.waitForTimeout(30);
    calm = page.asked.size === 0 ? calm + 1 : 0;
  }
}

function countRequests(page) {
  page.asked = new Set();
  page.on('request', (request) => { if (!request.url().includes('/live')) page.asked.add(request); });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.asked.delete(request));
}

const ofAdmins = ['/', '/data/inbox', '/data/storage', '/settings/keys', '/settings/projects', '/settings/users', '/settings/backup', '/welcome'];

for (const [name, paths] of [['rita', everyPage], ['edda', ofAdmins]]) {
  test(`${name} walks through all pages: what is not allowed is off and says why, and nothing is refused`, async () => {
    const page = await visit(browser, appliance);
    const refused = [];
    countRequests(page);
    page.on('response', (response) => { if (response.status() === 403) refused.push(`${new URL(page.url()).pathname}: ${response.request().method()} ${response.url()}`); });
    await enter(page, name);
    await page.locator('.who', { hasText: name }).waitFor();
    for (const path of paths) {
      page.asked.clear();
      await page.evaluate((to) => { window.history.pushState(null, '', to); window.dispatchEvent(new PopStateEvent('popstate')); }, path);
      await page.waitForSelector('main h1, header h1, .hello h1');
      await settled(page);
      for (const control of await page.locator('main button:disabled, header button:disabled').all()) {
        const why = await control.evaluate((element) => ({ what: element.outerHTML.slice(0, 160), title: element.title, said: element.getAttribute('aria-description') ?? '' }));
        if (/^Needs/.test(why.title)) assert.equal(why.said, why.title, `${path}: ${why.what}`);
      }
    }
    assert.deepEqual(refused, []);
    await page.goto(`${appliance.address}/alerts/channels`);
    await page.goto(`${appliance.address}/settings/keys`);
    await page.getByText(/Needs the admin role/).first().waitFor();
    if (name === 'rita') {
      await page.goto(`${appliance.address}/alerts/rules`);
      assert.equal(await page.getByRole('button', { name: 'Delete Disk' }).getAttribute('aria-description'), 'Needs the edit role');
      assert.ok(await page.getByRole('button', { name: 'Delete Disk' }).isDisabled());
      await page.goto(`${appliance.address}/data/transfer`);
      assert.equal(await page.locator('input[type=file]:disabled').getAttribute('aria-description'), 'Needs the edit role');
    }
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}

test('role and projects are changed, disabled, undone, deleted; each holds at once', async () => {
  const page = await visit(browser, appliance);
  const rita = await visit(browser, appliance);
  await enter(rita, 'rita');
  await rita.locator('.who', { hasText: 'rita' }).waitFor();
  await enter(page, 'admin');
  await page.locator('.who', { hasText: 'admin' }).waitFor();
  await open(page, appliance, '/settings/users');
  await page.getByRole('button', { name: 'Change rita' }).click();
  const rights = page.getByRole('form', { name: 'Rights of rita' });
  await rights.getByLabel('Role').selectOption('edit');
  await rights.getByLabel('All, also later ones').uncheck();
  await rights.getByLabel('default').uncheck();
  await rights.getByLabel('shop').check();
  await rights.getByRole('button', { name: 'Save' }).click();
  await page.locator('tr', { hasText: 'rita' }).getByText('shop').waitFor();
  await rita.goto(`${appliance.address}/settings/projects`);
  await rita.locator('.project', { hasText: 'shop' }).waitFor();
  await rita.locator('.live.live').waitFor();
  assert.deepEqual(await rita.locator('td b').allInnerTexts(), ['shop']);
  assert.deepEqual(rita.wrong, []);

  await page.getByRole('form', { name: 'Rights of rita' }).getByRole('button', { name: 'Disable' }).click();
  await page.locator('tr', { hasText: 'rita' }).getByText('disabled').waitFor();
  await rita.reload();
  await rita.getByRole('button', { name: 'Log in' }).waitFor();
  await page.getByRole('button', { name: 'Let in again' }).click();
  await page.getByRole('button', { name: 'Disable' }).waitFor();
  assert.equal((await logIn('rita')).status, 200);

  const word = page.getByRole('form', { name: 'Password of rita' });
  await word.getByLabel('New password').fill('short');
  await word.getByRole('button', { name: 'Set password' }).click();
  await word.getByText(/at least 12/).waitFor();
  await word.getByLabel('New password').fill(other);
  await word.getByRole('button', { name: 'Set password' }).click();
  await word.getByRole('button', { name: 'Saved' }).waitFor();
  const again = await logIn('rita', other);
  assert.equal(again.status, 200);

  await page.getByRole('button', { name: 'Delete rita' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('tr', { hasText: 'rita' }).first().waitFor();
  assert.equal((await ask(again, '/api/app/session')).user.name, 'rita');
  await page.getByRole('button', { name: 'Delete rita' }).click();
  await deleteNow(page);
  assert.equal((await ask(again, '/api/app/session')).authenticated, false);
  assert.deepEqual(unexpected(page, '422'), []);
  await Promise.all([page.context().close(), rita.context().close()]);
});

test('what somebody does bears the name', async () => {
  const edda = await logIn('edda');
  const body = { matchers: ['alertname="Disk"'], duration: '1h', comment: '', created_by: 'admin' };
  const made = await ask(edda, '/api/app/silences', 'POST', body);
  assert.equal(made.created_by, 'edda');
  assert.equal((await ask(edda, `/api/app/silences/${made.id}`, 'PATCH', { created_by: 'admin', comment: 'x' })).created_by, 'edda');
  const { key } = await ask(admin, '/api/app/keys', 'POST', { name: 'deploy-bot', role: 'edit' });
  const bot = { headers: { Authorization: `Bearer ${key}` } };
  assert.equal((await ask(bot, '/api/app/silences', 'POST', { ...body, created_by: undefined })).created_by, 'key deploy-bot');
});

test('log out everywhere, and the own password', async () => {
  const page = await visit(browser, appliance);
  const elsewhere = await logIn('edda');
  await enter(page, 'edda');
  await page.locator('.who', { hasText: 'edda' }).waitFor();
  await open(page, appliance, '/settings/password');
  await page.getByText('this one').waitFor();
  const sessions = page.locator('.sessions tbody tr'), before = await sessions.count();
  const gone = await logIn('edda');
  await page.reload();
  await until(page, (count) => document.querySelectorAll('.sessions tbody tr').length === count, before + 1);
  await page.locator('.sessions').getByRole('button', { name: 'Last used' }).click();
  assert.equal(new URL(page.url()).searchParams.get('sessions'), 'used.up');
  await page.locator('.sessions').getByRole('button', { name: 'Since' }).click();
  await sessions.first().getByRole('button', { name: /^End the session of / }).click();
  await until(page, (count) => document.querySelectorAll('.sessions tbody tr').length === count, before);
  assert.equal((await ask(gone, '/api/app/session')).authenticated, false, 'the newest began last');
  await page.getByLabel('Current password').fill('not this one');
  await page.locator('input[name=password]').fill(other);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText(/That is not it\. \d tries left/).waitFor();
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('button', { name: 'Saved' }).waitFor();
  assert.equal((await ask(elsewhere, '/api/app/session')).authenticated, false);
  const third = await logIn('edda', other);
  await page.reload();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  assert.equal((await ask(third, '/api/app/session')).authenticated, false);
  await page.reload();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  assert.deepEqual(unexpected(page, '401'), []);
  await page.context().close();
});

test('an appliance that is away is said so, and found again', async () => {
  const page = await visit(browser, appliance);
  await enter(page, 'anna');
  await page.locator('.who', { hasText: 'anna' }).waitFor();
  await open(page, appliance, '/settings/users');
  await page.locator('tr', { hasText: 'edda' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Change edda' }).click();
  await page.getByRole('form', { name: 'Rights of edda' }).getByRole('button', { name: 'Disable' }).click();
  await page.getByText('Plimsoll does not answer.').first().waitFor();
  await page.context().setOffline(false);
  await page.getByRole('form', { name: 'Rights of edda' }).getByRole('button', { name: 'Disable' }).click();
  await page.locator('tr', { hasText: 'edda' }).getByText('disabled').first().waitFor();
  assert.deepEqual(unexpected(page, 'ERR_INTERNET_DISCONNECTED'), []);
  await page.context().close();
});
