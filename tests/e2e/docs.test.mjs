import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Appliance, binary } from './support/appliance.mjs';
import { launch, open, until, visit } from './support/browser.mjs';

const run = promisify(execFile);
const web = resolve(dirname(fileURLToPath(import.meta.url)), '../../ui/web');
let appliance, browser, pages;

before(async () => {
  const { parsePage } = await import(pathToFileURL(join(web, 'markdown.mjs')));
  const names = (await readdir(join(web, 'src/docs'))).filter((name) => name.endsWith('.md'));
  pages = await Promise.all(names.map(async (name) => parsePage(name.slice(0, -3), await readFile(join(web, 'src/docs', name), 'utf8'))));
  appliance = await Appliance.start();
  browser = await launch();
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const wrongOf = (page) => page.wrong.filter((what) => !/status of (404|401)/.test(what));

test('every link of the guide leads somewhere', () => {
  const anchors = new Set(['/docs/api', '/docs']);
  for (const { id, blocks } of pages) {
    anchors.add(`/docs/${id}`);
    for (const { heading, id: anchor } of blocks) if (heading) anchors.add(`/docs/${id}#${anchor}`);
  }
  const appPage = /^\/(|explore|dashboards|endpoints|costs|checks|alerts(\/\w+)?|data(\/[\w-]+)?|settings\/\w+|welcome)(\?[\w=]+)?$/;
  const links = [], gather = (value) => {
    if (value && typeof value === 'object') { if (typeof value.to === 'string') links.push(value.to); Object.values(value).forEach(gather); }
  };
  gather(pages);
  assert.ok(links.length > 60, `${links.length} links`);
  assert.deepEqual(links.filter((to) => !anchors.has(to) && !appPage.test(to)), []);
});

test('the settings of the guide are those of the program', async () => {
  const { stdout } = await run(binary, ['serve', '--help'], { env: { ...process.env, HOME: '/nowhere' } });
  const told = new Map([...stdout.matchAll(/^ {2}--(\S+) (.+)\n {6}.+\n {6}environment (\S+)(?: · file key (\S+))?(?: · default (.*))?$/gm)].map(([, flag, what, environment, key = '', fallback = '']) => [flag, { what, environment, key, fallback }]));
  assert.ok(told.size > 35, `${told.size} settings`);
  const code = (cell) => cell.find((part) => part?.code)?.code ?? '';
  const shown = new Map(pages.find(({ id }) => id === 'configuration').blocks.filter(({ rows }) => rows).flatMap(({ rows }) => rows).map(([flag, key, fallback]) => {
    const [name, ...what] = code(flag).slice(2).split(' ');
    return [name, { what: what.join(' '), environment: `PLIMSOLL_${name.toUpperCase().replaceAll('-', '_')}`, key: code(key), fallback: code(fallback) }];
  }));
  assert.deepEqual(shown, told);
});

test('the commands of the guide are those of the program', async () => {
  const { stdout } = await run(binary, ['--help']);
  const told = [...stdout.matchAll(/^ {2}([a-z-]+) +\S/gm)].map(([, name]) => name).sort();
  const table = pages.find(({ id }) => id === 'command-line').blocks.find(({ rows }) => rows);
  assert.deepEqual(table.rows.map(([[{ code }]]) => code.split(' ')[1]).sort(), told);
});

/** The appliance under a password, with a key for each role, so that a snippet without its key fails. */
async function locked() {
  const guarded = new Appliance(join(appliance.data, 'guarded'));
  const password = 'a password of the tests';
  process.env.PLIMSOLL_ADMIN_PASSWORD = password;
  try { await guarded.run('127.0.0.1:0'); } finally { delete process.env.PLIMSOLL_ADMIN_PASSWORD; }
  const keys = {};
  for (const role of ['ingest', 'read', 'edit', 'admin'])
    keys[role] = (await run(binary, ['key', 'create', '--role', role, '--data', guarded.data])).stdout.match(/plm_\S+/)[0];
  return { guarded, keys };
}

test('every request of the guide is answered with success', { timeout: 120_000 }, async (t) => {
  const { guarded, keys } = await locked();
  try {
    const heartbeat = await (await fetch(`${guarded.address}/api/app/checks`, { method: 'POST', headers: { Authorization: `Bearer ${keys.edit}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'job', kind: 'heartbeat', schedule: '0 3 * * *' }) })).json();
    const values = { address: guarded.address, host: guarded.host, hostname: '127.0.0.1', key: keys.ingest, read_key: keys.read, edit_key: keys.edit, admin_key: keys.admin };
    const requests = pages.flatMap(({ id, blocks }) => blocks.filter(({ lang, snippet }) => lang === 'sh' && /(^|\| *|; *|\n *)curl /.test(snippet)).map(({ snippet }) => ({ id, snippet })));
    assert.ok(requests.length > 40, `${requests.length} requests`);
    const failed = [];
    const ask = async ({ id, snippet }) => {
      const script = snippet.replace(/\{\{(\w+)\}\}/g, (whole, name) => values[name] ?? whole).replaceAll('/ping/ID', heartbeat.ping_url.replace(/^.*\/ping\//, '/ping/'));
      // Every curl says its status; the body is shown where that is no success.
      const wrapped = `set -o pipefail; curl() { case "$*" in -fsS*) command curl "$@";; *) command curl -sS --fail-with-body "$@";; esac; }\n${script}`;
      try { await run('bash', ['-c', wrapped]); } catch (error) { failed.push(`${id}: ${snippet}\n${error.stdout}${error.stderr}`); }
    };
    const waiting = [...requests];
    await Promise.all(Array.from({ length: 4 }, async () => { while (waiting.length) await ask(waiting.shift()); }));
    t.diagnostic(`${requests.length} requests`);
    assert.deepEqual(failed, []);
  } finally {
    await guarded.halt();
  }
});

test('snippets have the address, and a key once one is asked for', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs');
  await page.getByRole('heading', { name: 'Start here', level: 2 }).waitFor();
  const snippet = page.locator('.snippet').first();
  assert.match(await snippet.textContent(), new RegExp(`${appliance.host}/track/revenue.*YOUR_KEY`, 's'));
  await page.getByRole('button', { name: 'Put a key in' }).click();
  await page.getByText('made for this visit').waitFor();
  assert.match(await snippet.textContent(), /plm_default_[\w-]+…/);
  await snippet.getByRole('button', { name: 'Copy' }).click();
  await snippet.getByText('Copied').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const { stdout } = await run('bash', ['-c', `${copied} -sS`]);
  assert.equal(JSON.parse(stdout).accepted, 1);
  // The key is there on the next page too, and gone with the visit.
  await page.getByRole('navigation', { name: 'Docs' }).getByRole('link', { name: 'Send metrics' }).click();
  await page.getByRole('heading', { name: 'Send metrics', level: 2 }).waitFor();
  assert.match(await page.locator('.snippet').first().textContent(), /plm_default_/);
  await page.reload();
  await page.locator('.snippet').first().waitFor();
  assert.match(await page.locator('.snippet').first().textContent(), /YOUR_KEY/);
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

test('a key that cannot be made is told in words, and asked for again', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs/send');
  await page.route('**/api/app/welcome-key', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":{"code":"unavailable","message":"The database has not answered for 40 s.","hint":"Nothing is lost."}}' }), { times: 1 });
  await page.getByRole('button', { name: 'Put a key in' }).click();
  await page.getByText('The database has not answered for 40 s.').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('made for this visit').waitFor();
  assert.deepEqual(wrongOf(page).filter((what) => !what.includes('503')), []);
  await page.context().close();
});

test('the docs are searched, linked by heading, and honest about what they do not have', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs');
  await page.keyboard.press('/');
  await page.keyboard.type('maintenance cron');
  const found = page.getByRole('link', { name: /Silences and maintenance/ });
  await found.waitFor();
  assert.equal(new URL(page.url()).searchParams.get('q'), 'maintenance cron');
  await page.reload();
  await found.click();
  await until(page, () => Math.abs(document.getElementById('d-silences-and-maintenance')?.getBoundingClientRect().top - 64) < 80);
  await page.getByRole('searchbox', { name: 'Search the docs' }).fill('xyzzy');
  await page.getByText('The docs say nothing of “xyzzy”.').waitFor();
  await open(page, appliance, '/docs/nowhere');
  await page.getByText('There is no such page').waitFor();
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

test('the reference has every route, and its requests are for this address', async () => {
  const { paths } = await (await fetch(`${appliance.address}/api/openapi.json`)).json();
  const routes = Object.values(paths).flatMap((methods) => Object.values(methods)).filter(({ tags }) => tags?.[0] !== 'Page').length;
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs/api');
  await page.getByText(`${routes} routes`).waitFor();
  const finder = page.getByRole('searchbox', { name: 'Search the routes' });
  await finder.fill('track');
  const row = page.locator('.operation', { hasText: '/track/{name}' });
  await row.locator('summary').click();
  assert.match(await row.locator('.snippet').textContent(), new RegExp(`curl.*Bearer YOUR_KEY.*${appliance.host}/track/`, 's'));
  assert.match(await row.locator('.tag').first().textContent(), /ingest/);
  await finder.fill('no such route');
  await page.getByText('No route has “no such route”.').waitFor();
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

test('the drawer opens beside the page that it explains, remembers its place, and gives focus back', async () => {
  const page = await visit(browser, appliance, { width: 1440 });
  await open(page, appliance, '/alerts/channels');
  const button = page.getByRole('button', { name: 'Docs', exact: true });
  await button.focus();
  await page.keyboard.press('Shift+D');
  const drawer = page.getByRole('complementary', { name: 'Docs' });
  await drawer.getByRole('heading', { name: 'Channels', level: 2 }).waitFor();
  assert.equal(Math.round((await drawer.boundingBox()).width), 480);
  const hasFocus = () => document.querySelector('.docs-drawer').contains(document.activeElement);
  await until(page, hasFocus);
  await drawer.getByRole('link', { name: 'backup' }).click();
  await drawer.getByRole('heading', { name: 'Backup and restore', level: 2 }).waitFor();
  await until(page, hasFocus);
  assert.equal(new URL(page.url()).pathname, '/alerts/channels');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await until(page, () => document.activeElement?.getAttribute('aria-label') === 'Docs');
  await page.reload();
  await button.click();
  await drawer.getByRole('heading', { name: 'Backup and restore', level: 2 }).waitFor();
  await drawer.getByRole('searchbox').fill('discord');
  await drawer.getByRole('link', { name: /Kinds and their settings/ }).click();
  await drawer.getByRole('heading', { name: 'Channels', level: 2 }).waitFor();
  await drawer.getByRole('button', { name: 'All pages' }).click();
  await drawer.getByRole('link', { name: 'Shortcuts' }).click();
  await drawer.getByText('Docs beside this page').waitFor();
  await drawer.getByRole('button', { name: 'Close the docs' }).click();
  await drawer.waitFor({ state: 'detached' });
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

test('on a phone the drawer has the whole width', async () => {
  const page = await visit(browser, appliance, { width: 390, height: 844 });
  await open(page, appliance, '/data/inbox');
  await page.getByRole('button', { name: 'Docs', exact: true }).click();
  const drawer = page.getByRole('complementary', { name: 'Docs' });
  await drawer.getByRole('heading', { name: 'Data: what arrives' }).waitFor();
  assert.equal(Math.round((await drawer.boundingBox()).width), 390);
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

test('the guide is read without the appliance, too', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs');
  await page.getByRole('heading', { name: 'Start here', level: 2 }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('navigation', { name: 'Docs' }).getByRole('link', { name: 'Limits' }).click();
  await page.getByRole('heading', { name: 'Of one request' }).waitFor();
  await page.getByRole('searchbox', { name: 'Search the docs' }).fill('signature');
  await page.getByRole('link', { name: /Webhooks/ }).waitFor();
  await page.context().setOffline(false);
  await page.context().close();
});

test('the search goes to places, does things, and puts what was chosen lately first', async () => {
  await appliance.send('/api/app/channels', { name: 'Night watch', kind: 'webhook', settings: { url: 'http://127.0.0.1:9/x' } }, { 'Content-Type': 'application/json' });
  await appliance.send('/ingest', { requests: [{ method: 'GET', route: '/orders/{id}', status: 200, duration_ms: 12 }] });
  const page = await visit(browser, appliance);
  await open(page, appliance, '/');
  const box = page.getByRole('combobox', { name: 'Search pages, metrics, alarms and docs' }), first = page.getByRole('option').first();
  const search = async (text, key = 'Control+k') => { await page.keyboard.press(key); await box.fill(text); };
  await search('night', '/');
  await page.getByRole('option', { name: 'Night watch channel' }).click();
  await page.waitForURL('**/alerts/channels*');
  await search('orders/');
  await page.getByRole('option', { name: /GET \/orders\/\{id\}\s*route/ }).click();
  await page.waitForURL('**/endpoints/GET/**');
  await page.keyboard.press('Control+k');
  await until(page, () => document.querySelectorAll('[role=option]').length > 2);
  assert.match(await first.textContent(), /orders/);
  await box.fill('quiet hours');
  await page.getByRole('option', { name: /Quiet hours · Channels\s*docs/ }).click();
  await page.waitForURL('**/docs/channels#d-quiet-hours');
  await search('dark or');
  const theme = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.keyboard.press('Enter');
  await until(page, (before) => getComputedStyle(document.body).backgroundColor !== before, theme);
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});

/** What each key of the list does. A key that is listed and missing here, or the other way round, fails. */
const effects = {
  'g o': ['at', '/'], 'g e': ['at', '/explore'], 'g d': ['at', '/dashboards'], 'g n': ['at', '/endpoints'], 'g c': ['at', '/costs'], 'g h': ['at', '/checks'], 'g a': ['at', '/alerts'], 'g t': ['at', '/data'], 'g s': ['at', '/settings/keys'],
  '/': ['sees', 'dialog.palette'], '⌘ K': ['sees', 'dialog.palette'], '?': ['sees', 'dialog.help'], '⇧ D': ['sees', '.docs-drawer'], c: ['says', 'Link copied'],
  't 1 – 5': ['searches', 'range'], 't 0': ['sees', '.range-form, [role=dialog], .range dialog, .popover'], '[ ]': ['searches', 'from'], m: ['sees', 'form'], '⇧ m': ['sees', 'dialog, aside'],
  l: ['says', 'paused'], d: ['flips', ''], Esc: null, '← →': null, 'PgUp PgDn': null,
};
const presses = { '⌘ K': ['Control+k'], '⇧ D': ['Shift+D'], 't 1 – 5': ['t', '1'], '[ ]': ['['], '⇧ m': ['Shift+M'] };

test('every key of the list does what the list says', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/docs');
  await page.keyboard.press('?');
  await page.locator('dialog.help dl > div').first().waitFor();
  const listed = await page.locator('dialog.help dl > div').evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('kbd')].map((key) => key.textContent).join(' ')));
  assert.deepEqual([...new Set(listed)].sort(), Object.keys(effects).sort());
  await page.keyboard.press('Escape');
  for (const [keys, effect] of Object.entries(effects)) {
    if (!effect) continue;
    // From a page with a range, with nothing open; the page stays loaded.
    await page.keyboard.press('Escape');
    for (const key of keys === 'g o' ? 'gt' : 'go') await page.keyboard.press(key);
    await until(page, (path) => window.location.pathname === path && !document.querySelector('dialog, .docs-drawer'), keys === 'g o' ? '/data' : '/');
    await page.getByRole('heading', { level: 1, name: keys === 'g o' ? 'Data' : 'Overview' }).waitFor();
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    for (const key of presses[keys] ?? keys.split(' ')) await page.keyboard.press(key);
    const [how, what] = effect;
    if (how === 'at') await until(page, (path) => window.location.pathname === path, what);
    else if (how === 'searches') await until(page, (name) => new URL(window.location.href).searchParams.has(name), what);
    else if (how === 'flips') await until(page, (before) => getComputedStyle(document.body).backgroundColor !== before, ground);
    else if (how === 'says') await page.getByText(what, { exact: true }).first().waitFor();
    else await page.locator(what).first().waitFor();
  }
  assert.deepEqual(wrongOf(page), []);
  await page.context().close();
});
