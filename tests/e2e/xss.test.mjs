import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';
import { findings, formulasIn, hostile, unseen, watch } from './support/hostile.mjs';
import { pagesOf } from './support/pages.mjs';
import { grafanaOf, plant } from './support/plant.mjs';
import { makeWorld, startSite } from './support/world.mjs';

let appliance, browser, site, planted, pages;

before(async () => {
  [appliance, browser, site] = await Promise.all([Appliance.start(), launch(), startSite(hostile.join(' '))]);
  pages = pagesOf(await makeWorld(appliance, site));
  planted = await plant(appliance, site);
});
after(async () => { await browser?.close(); await appliance?.stop(); site?.stop(); });

async function visitor() {
  const page = await visit(browser, appliance, { height: 1400 });
  await page.addInitScript(watch);
  page.dialogs = [];
  page.on('dialog', (dialog) => { page.dialogs.push(dialog.message()); void dialog.dismiss(); });
  return page;
}

/** What is wrong with what stands there now, and how much of the corpus can be read on it. */
async function judge(page, where) {
  const wrong = [...await page.evaluate(findings), ...await page.evaluate(unseen)];
  const read = await page.evaluate(() => (document.body ?? document.documentElement).textContent.split('__xss').length - 1);
  return { wrong: wrong.slice(0, 5).map((what) => `${where}: ${what}`), read };
}

async function walk(page, { name, path, ready, opens = [] }) {
  await open(page, appliance, path);
  await page.locator(ready).first().waitFor();
  await page.waitForTimeout(300);
  await page.mouse.move(640, 500);
  const all = [await judge(page, name)];
  for (const popover of opens) {
    await popover.open(page);
    await popover.ready(page);
    all.push(await judge(page, `${name}, ${popover.name}`));
    await popover.close?.(page);
  }
  return { wrong: all.flatMap(({ wrong }) => wrong), read: Math.max(...all.map(({ read }) => read)) };
}

/** `atLeast`: on how many of them the corpus must be there to be read, so that an empty page proves nothing. */
async function sweep(wanted, atLeast) {
  const page = await visitor(), wrong = [], shown = [];
  for (const one of wanted) {
    const found = await walk(page, one).catch((error) => ({ wrong: [`${one.name}: ${error.message}`], read: 0 }));
    wrong.push(...found.wrong);
    if (found.read > 0) shown.push(one.name);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  assert.deepEqual(page.wrong.filter((what) => !/40[0-9]|50[0-9]/.test(what)), []);
  assert.ok(shown.length >= atLeast, `the corpus is read on ${shown.length} only: ${shown}`);
  await page.context().close();
}

test('the corpus is large, and was taken', () => {
  assert.ok(hostile.length >= 60);
  assert.ok(planted.rules.length > 80 && planted.checks.length > 80 && planted.channels.length > 30, JSON.stringify([planted.rules.length, planted.checks.length, planted.channels.length]));
  assert.ok(planted.dashboard && planted.share, 'a dashboard of hostile panels, and its link');
});

test('no page runs, hides or reorders what came from outside', async () => {
  const { rules, episodes, checks } = planted;
  const query = encodeURIComponent('hostile_value');
  const own = [
    ...[0, 17, 33].flatMap((i) => [
      { name: `alarm ${i}`, path: `/alerts/rules/${rules[i].id}`, ready: '[role=slider]' }, { name: `episode ${i}`, path: `/alerts/episodes/${episodes[i].id}`, ready: 'main h2' },
      { name: `check ${i}`, path: `/checks/${checks[i].id}`, ready: 'main h2' }]),
    { name: 'explore values', path: `/explore?range=1h&q=${query}`, ready: '.legend-card tbody tr' }, { name: 'explore buckets', path: '/explore?range=1h&q=hostile_bucket', ready: '.legend-card tbody tr' },
    { name: 'explore numbers', path: `/explore?range=1h&view=number&q=${query}`, ready: '.numbers' },
  ];
  await sweep([...pages.filter(({ bare }) => !bare), ...own], 20);
});

/** Down the page in steps, so that everything on it was in view. */
async function scrollThrough(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height; y += 1200) {
    await page.evaluate((top) => window.scrollTo(0, top), y);
    await page.waitForTimeout(120);
  }
}

const drawn = (page) => page.locator('[data-panel] canvas, [data-panel] .figure, [data-panel] table').first().waitFor();

test('a dashboard of hostile panels, its editor and its link hold text alone', async () => {
  const page = await visitor(), { dashboard, share } = planted, wrong = [];
  const look = async (where) => wrong.push(...(await judge(page, where)).wrong);
  for (const [name, path] of [['view', `/dashboards/${dashboard.id}?range=1h`], ['share', share.path]]) {
    await open(page, appliance, path);
    await drawn(page);
    await scrollThrough(page);
    const { wrong: found, read } = await judge(page, name);
    wrong.push(...found);
    assert.ok(read > hostile.length, `${name} shows the corpus: ${read}`);
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.mouse.move(300, 400);
    await look(`${name}, at the crosshair`);
  }
  await open(page, appliance, `/dashboards/${dashboard.id}?range=1h`);
  await drawn(page);
  for (const [name, opened] of [['More about this dashboard', '[role=menu]'], ['Share', '.drawer']]) {
    await page.getByRole('button', { name, exact: true }).first().click();
    await page.locator(opened).first().waitFor();
    await look(name);
    await page.keyboard.press('Escape');
  }
  await page.keyboard.press('Shift+M');
  await page.locator('.mark-list tbody tr').first().waitFor();
  assert.ok((await judge(page, 'marks')).read > hostile.length, 'the marks are read');
  await look('marks');
  await page.keyboard.press('Escape');
  await open(page, appliance, `/dashboards/${dashboard.id}/edit?range=1h`);
  await page.locator('.panels.editing article').first().waitFor();
  for (const name of [/^Edit /, 'Variables', 'Settings']) {
    await page.getByRole('button', { name }).first().click();
    await page.locator('.drawer').first().waitFor();
    await page.waitForTimeout(200);
    await look(`editor, ${name}`);
    await page.keyboard.press('Escape');
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});

test('a hostile dashboard of Grafana is reported, kept and shown as text', async () => {
  const page = await visitor(), wrong = [];
  await open(page, appliance, '/dashboards');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByLabel('Or paste it').fill(JSON.stringify(grafanaOf(hostile.slice(0, 90))));
  await page.getByRole('button', { name: 'See what comes over' }).click();
  await page.locator('.report-line').first().waitFor();
  const report = await judge(page, 'report');
  wrong.push(...report.wrong);
  assert.ok(report.read > 90, `the report names what came: ${report.read}`);
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.waitForURL(/\/dashboards\/[0-9a-f]{6,}/);
  await page.locator('[data-panel]').first().waitFor();
  await scrollThrough(page);
  wrong.push(...(await judge(page, 'imported')).wrong);
  await open(page, appliance, '/dashboards');
  await page.locator('.tile').first().waitFor();
  const list = await judge(page, 'list');
  wrong.push(...list.wrong);
  assert.ok(await page.getByText(/by key .*<script>/).count() > 0, 'who saved is told');
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});

test('routes, models, targets and what the inbox answers are text', async () => {
  const page = await visitor(), wrong = [];
  const routes = (await (await fetch(`${appliance.address}/metrics/endpoints`)).json()).endpoints.filter(({ route }) => hostile.includes(route));
  assert.ok(routes.length > 60, `${routes.length} routes were taken`);
  await open(page, appliance, '/endpoints?range=1h');
  await page.locator('main tbody tr').nth(20).waitFor();
  const links = await page.locator('main tbody a.row-link').evaluateAll((all) => all.map(({ href }) => href).filter((href) => /xss|%2|%3|~/.test(href)));
  assert.ok(links.length > 20, `${links.length} links`);
  for (const href of links.filter((_, i) => i % 9 === 0)) {
    await page.locator(`a.row-link[href="${new URL(href).pathname.replaceAll('"', '\\"')}${new URL(href).search}"]`).first().click();
    await page.locator('main canvas, main .empty').first().waitFor();
    wrong.push(...(await judge(page, href)).wrong);
    await page.goBack();
    await page.locator('main tbody tr').first().waitFor();
  }
  for (const [path, ready] of [['/costs', 'main .uses tbody tr'], ['/data/targets', 'main tbody tr'], ['/data/inbox?q=hostile', 'main tbody tr'], [`/data/inbox?q=${encodeURIComponent(hostile[2])}`, 'main .hint']]) {
    await open(page, appliance, path);
    await page.locator(ready).first().waitFor();
    const found = await judge(page, path);
    wrong.push(...found.wrong);
    assert.ok(found.read > 2, `${path} shows the corpus: ${found.read}`);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});

test('no cell of a file would run in a spreadsheet', async () => {
  const text = async (path) => (await fetch(appliance.address + path)).text();
  const files = [await text('/metrics/export?format=csv&from=1h'), await text('/metrics/query?metric=hostile_value&from=1h&group_by=text&format=csv')];
  const page = await visitor();
  for (const [path, ready] of [['/endpoints?range=1h', 'main tbody tr'], ['/costs', 'main .uses tbody tr']]) {
    await open(page, appliance, path);
    await page.locator(ready).first().waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).first().click()]);
    files.push(await readFile(await file.path(), 'utf8'));
  }
  assert.deepEqual(files.flatMap(formulasIn), []);
  for (const file of files) assert.match(file, /=cmd\|/, 'the corpus is in it');
  await page.context().close();
});

test('addresses that carry hostile text are text too', async () => {
  const paths = [0, 5, 15, 20, 31, 36, 47, 58, 64, 78].map((i) => hostile[i]).flatMap((text) => [`/explore?q=${encodeURIComponent(text)}`, `/alerts/new?expr=${encodeURIComponent(text)}&name=${encodeURIComponent(text)}`]);
  const page = await visitor(), wrong = [];
  for (const path of [...paths, `/checks/${encodeURIComponent(hostile[0])}`, `/alerts/rules/${encodeURIComponent(hostile[0])}`, `/data/inbox?q=${encodeURIComponent(hostile[0])}`, `/dashboards/${encodeURIComponent(hostile[0])}`, `/share/${encodeURIComponent(hostile[0])}`, `/welcome?tab=${encodeURIComponent(hostile[0])}`]) {
    await page.goto(appliance.address + path);
    // The server itself refuses some of these addresses, with JSON.
    await page.locator('h1').first().waitFor({ timeout: 3000 }).catch(() => undefined);
    await page.waitForTimeout(150);
    wrong.push(...(await judge(page, path)).wrong);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});

test('what a receiver answers to a test is shown as text', async () => {
  const page = await visitor();
  await open(page, appliance, '/alerts/channels');
  await page.getByRole('button', { name: 'Send a test' }).nth(1).click();
  await page.getByText(/403 from/).first().waitFor();
  assert.match(await page.locator('.channel .test').allInnerTexts().then((all) => all.join()), /<script>/);
  assert.deepEqual((await judge(page, 'channels')).wrong, []);
  await page.context().close();
});

test('the public status page, its feed and pictures hold text alone', async () => {
  const page = await visitor(), wrong = [];
  const paths = ['/status/hostile', '/status/hostile/feed.atom', '/status/hostile/badge.svg', '/status/hostile/badge.svg?show=uptime', ...planted.episodes.slice(0, 5).map(({ id }) => `/api/app/episodes/${id}/chart.svg`)];
  for (const path of paths) {
    const response = await page.goto(appliance.address + path);
    assert.ok(response.ok(), path);
    assert.equal(await page.evaluate(() => document.querySelectorAll('parsererror').length), 0, `${path} is well formed`);
    const { wrong: found, read } = await judge(page, path);
    wrong.push(...found);
    if (/hostile$|atom/.test(path)) assert.ok(read > 10, `${path} shows the corpus`);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});

test('names that are refused are said as text, and so are those of users and projects', async () => {
  const page = await visitor(), wrong = [], password = 'a line on the hull';
  const tryAll = async (field, button, where) => {
    for (const text of hostile.filter((_, i) => i % 9 === 0)) {
      await page.locator(field).fill(text.slice(0, 64));
      await page.getByRole('button', { name: button }).click();
      await page.locator('.wrong').filter({ hasText: /\S/ }).first().waitFor();
      wrong.push(...(await judge(page, `${where} ${text}`)).wrong);
    }
  };
  await open(page, appliance, '/settings/projects');
  await tryAll('input[placeholder="my-shop"]', 'Make project', 'project');
  await open(page, appliance, '/settings/password');
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.locator('.who', { hasText: 'admin' }).waitFor();
  await open(page, appliance, '/settings/users');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await tryAll('#user-name', 'Make user', 'user');
  assert.deepEqual(wrong, []);
  assert.deepEqual(page.dialogs, []);
  await page.context().close();
});
