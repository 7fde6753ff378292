// Walks through the pages as somebody does who works with them: keys, making, changing, taking back, and the appliance away.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { inkOf, launch, open, until, visit } from './support/browser.mjs';
import { eventually, itemsOf, makeWorld, startSite } from './support/world.mjs';

let appliance, browser, site, world, page;
const json = { 'Content-Type': 'application/json' };
const p95 = encodeURIComponent('histogram_quantile(0.95, sum by (route) (rate(http_request_duration_seconds[5m])))');

before(async () => {
  [appliance, browser, site] = await Promise.all([Appliance.start(), launch(), startSite()]);
  page = await visit(browser, appliance);
});
after(async () => { await browser?.close(); site?.stop(); await appliance?.stop(); });

test('with nothing there each page has one sentence and one action', async () => {
  await open(page, appliance, '/');
  await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
  await page.getByText('No requests yet. One line adds them to FastAPI.').waitFor();
  await open(page, appliance, '/alerts');
  await page.getByText('Draw a line, and what crosses it shows here.').waitFor();
  await open(page, appliance, '/alerts/rules');
  await page.getByRole('heading', { name: 'Three to start with' }).waitFor();
  await page.getByText(/Would (not )?have fired .*in the last 7 days\./).first().waitFor();
  await open(page, appliance, '/alerts/episodes');
  await page.getByText('No alarm has fired yet').waitFor();
  await open(page, appliance, '/checks');
  await page.getByRole('heading', { name: 'Nothing is being checked' }).waitFor();
  await open(page, appliance, '/data/dead-letters');
  await page.getByText('Nothing was refused.').waitFor();
  world = await makeWorld(appliance, site);
});

test('the overview is walked by keys, and the worst is silenced and called back', async () => {
  await open(page, appliance, '/?range=1h');
  await page.locator('.load .column.over').waitFor();
  await page.keyboard.press('j');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Memory in use/);
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Memory in use/);
  await page.locator('.checks-up', { hasText: /of 3 checks up/ }).waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('s');
  await page.getByText(/Silent until \d\d:\d\d/).waitFor();
  assert.equal((await itemsOf(appliance, '/api/app/silences')).filter(({ matchers }) => matchers[0].name === 'alertname').length, 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: /^Silence 1 h: / }).first().waitFor();
  assert.equal((await itemsOf(appliance, '/api/app/silences')).filter(({ matchers, state }) => matchers[0].name === 'alertname' && state === 'active').length, 0);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/alerts\/rules\//);
});

test('the overview stands still while it loads', async () => {
  await page.context().addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });
  });
  await open(page, appliance, '/?range=1h');
  await page.locator('tr', { hasText: '/api/chat' }).waitFor();
  await page.locator('.cost .figure').waitFor();
  const shift = await page.evaluate(() => window.shift);
  assert.ok(shift < 0.02, `the layout shifts by ${shift}`);
});

test('several questions on one chart, ranked, isolated, as heatmap; all of it in the address', async () => {
  await open(page, appliance, `/explore?range=1h&q=${p95}`);
  const rows = page.locator('.legend-card tbody tr');
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 4);
  await page.getByRole('combobox', { name: 'How many' }).selectOption('3');
  await page.locator('.promql code', { hasText: 'topk(3, histogram_quantile(' }).waitFor();
  await page.getByRole('combobox', { name: 'How many' }).selectOption('');
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 4);
  await rows.nth(0).getByRole('button').click();
  await rows.nth(1).getByRole('button').click({ modifiers: ['Shift'] });
  await until(page, () => document.querySelectorAll('.legend-card tr.dim').length === 2);
  await page.locator('.top h1').click();
  await page.keyboard.press('a');
  await page.getByRole('region', { name: 'Query B' }).waitFor();
  await page.getByRole('region', { name: 'Query B' }).getByRole('combobox', { name: 'Function' }).selectOption('p50');
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 8);
  await page.reload();
  await page.getByRole('heading', { name: 'A and B' }).waitFor();
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 8);
  await page.getByRole('button', { name: 'Remove query B' }).click();
  await until(page, () => document.querySelectorAll('.legend-card tbody tr').length === 4);
  await page.getByRole('button', { name: 'Heatmap' }).click();
  await page.locator('.chart-card canvas').waitFor();
  await until(page, () => { const canvas = document.querySelector('.chart-card canvas'); return canvas && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value, i) => i % 4 === 3 && value > 200); });
  assert.ok(await inkOf(page.locator('.chart-card canvas')) > 1000);
  await page.locator('.top h1').click();
  await page.keyboard.press('v');
  await page.waitForURL(/view=table/);
});

test('a name that is none is answered with those that are near', async () => {
  await open(page, appliance, '/explore?range=1h&q=signup');
  await page.getByText('Nothing is called “signup”.').waitFor();
  await page.locator('.empty').getByRole('button', { name: 'signups' }).click();
  await page.locator('.legend-card tbody tr').first().waitFor();
});

test('an alarm is changed by its words and heights, several are switched off and on', async () => {
  await open(page, appliance, '/alerts/new?expr=queue_age_seconds&threshold=1');
  await page.getByRole('button', { name: /^Quiet/ }).click();
  await until(page, () => Number.parseFloat(document.querySelector('.height').value) > 10);
  page.once('dialog', (dialog) => void dialog.accept());
  await open(page, appliance, `/alerts/rules/${world.rule.id}`);
  await page.getByLabel('Name', { exact: true }).fill('Memory, renamed');
  await page.getByRole('combobox', { name: 'For how long' }).selectOption('0s');
  const height = page.getByRole('textbox', { name: 'Height of the line' });
  await height.fill('a lot');
  await height.press('Enter');
  assert.equal(await height.getAttribute('aria-invalid'), 'true');
  await height.fill('0.001 %');
  await height.press('Enter');
  await page.keyboard.press('Control+s');
  await page.waitForURL('**/alerts/rules');
  await page.locator('tr', { hasText: 'Memory, renamed' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.locator('.bulk', { hasText: '2 alarms' }).waitFor();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await until(page, () => [...document.querySelectorAll('main tbody tr')].filter((row) => row.textContent.includes('off')).length >= 2);
  assert.equal((await itemsOf(appliance, '/api/app/rules')).filter(({ enabled }) => !enabled).length, 2);
  for (const { id, enabled } of await itemsOf(appliance, '/api/app/rules'))
    if (!enabled) await fetch(`${appliance.address}/api/app/rules/${id}`, { method: 'PATCH', headers: json, body: JSON.stringify({ enabled: true }) });
});

test('alarms, episodes and checks are sorted by their header, keep that in the address, and can be taken along', async () => {
  const names = () => page.locator('main tbody tr[data-row] .stacked b').allTextContents();
  await open(page, appliance, '/alerts/rules');
  await page.locator('main tbody tr').nth(2).waitFor();
  assert.equal((await names())[0], 'Memory, renamed', 'the worst comes first');
  await page.getByRole('columnheader', { name: 'Alarm' }).getByRole('button').click();
  await page.locator('th[aria-sort=ascending]').waitFor();
  const inOrder = await names();
  assert.deepEqual(inOrder, [...inOrder].sort((a, b) => a.localeCompare(b)));
  assert.equal(new URL(page.url()).searchParams.get('sort'), 'alarm.up');
  await page.reload();
  await page.locator('th[aria-sort=ascending]').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  assert.equal(file.suggestedFilename(), 'alarms.csv');
  const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert.equal(head, 'Alarm,Query,Against its line,Is,Line,State,Last fired,A week');
  assert.deepEqual(lines.map((line) => /^"?([^",]*)/.exec(line)[1]), inOrder.map((name) => name.split(',')[0]));

  await open(page, appliance, '/alerts/episodes');
  assert.match(await page.locator('main tbody td time').first().getAttribute('title'), /UTC$/);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/alerts\/episodes\/\w/);

  await open(page, appliance, '/checks');
  await page.locator('main .bars').nth(1).waitFor();
  assert.deepEqual(await names(), ['Old shop', 'Website'], 'what is down comes first');
  const byName = page.getByRole('columnheader', { name: 'Check' }).getByRole('button');
  for (const [sort, order] of [['check.up', ['Old shop', 'Website']], ['check.down', ['Website', 'Old shop']], [null, ['Old shop', 'Website']]]) {
    await byName.click();
    assert.equal(new URL(page.url()).searchParams.get('sort'), sort);
    await until(page, (wanted) => [...document.querySelectorAll('main tbody tr[data-row] .stacked b')].map(({ textContent }) => textContent).join() === wanted, order.join());
  }
});

test('a phone has alarms, episodes and silences as cards, which open and can be taken back', async () => {
  const swap = await appliance.send('/api/app/rules', { name: 'Swap', expr: 'max(host_swap_used_ratio)', op: '>', threshold: 0.9, for: '5m' }, json);
  const small = await visit(browser, appliance, { width: 390, height: 844 });
  await open(small, appliance, '/alerts/rules');
  const card = small.locator('.row-cards li', { hasText: 'Disk' });
  await small.locator('.row-cards li').nth(3).waitFor();
  await small.getByLabel('Sorted by').selectOption('alarm');
  await until(small, () => document.querySelector('.row-cards li b')?.textContent === 'Disk');
  await small.getByRole('button', { name: 'Ascending; turn it round' }).click();
  await until(small, () => document.querySelector('.row-cards li b')?.textContent === 'Swap');
  assert.equal(new URL(small.url()).searchParams.get('sort'), 'alarm.down');
  await small.keyboard.press('j');
  await small.keyboard.press('x');
  await small.locator('.chosen', { hasText: 'Swap' }).waitFor();
  await small.getByRole('button', { name: 'Leave them' }).click();
  await small.locator('.chosen').waitFor({ state: 'detached' });
  await card.getByText('below, line 90 %, tells nobody').waitFor();
  await card.getByRole('button', { name: 'Delete Disk' }).click();
  await card.waitFor({ state: 'detached' });
  await small.getByRole('button', { name: 'Undo' }).click();
  await card.waitFor();
  await card.getByRole('link').click();
  await small.waitForURL(/\/alerts\/rules\/\w/);
  await open(small, appliance, '/alerts/episodes');
  await small.locator('.row-cards a').first().click();
  await small.waitForURL(/\/alerts\/episodes\/\w/);
  await open(small, appliance, '/alerts/silences');
  await small.locator('.row-cards li', { hasText: 'moving house' }).getByText(/h( \d+.min)? more/).waitFor();
  await fetch(`${appliance.address}/api/app/rules/${swap.id}`, { method: 'DELETE' });
  assert.deepEqual(small.wrong, []);
  await small.context().close();
});

test('“until it ends” is offered for what fires, and refused for what does not', async () => {
  const later = page.getByRole('button', { name: 'until it ends' }), matches = page.getByLabel('What matches');
  await open(page, appliance, '/alerts/silences');
  await matches.fill('alertname="Queue age"');
  await later.waitFor({ state: 'detached' });
  await matches.fill('alertname="Memory, renamed"');
  await later.waitFor();
  const refused = await fetch(`${appliance.address}/api/app/silences`, { method: 'POST', headers: json, body: JSON.stringify({ matchers: ['alertname="Queue age"'], until_episode: 'nobody' }) });
  assert.equal(refused.status, 400);
  const { error } = await refused.json();
  assert.match(`${error.message} ${error.hint}`, /names no episode that fires.* Take the id of one from \/api\/app\/episodes\?state=firing/);
});

test('an episode is a receipt: it keeps notes, is seen, and can be taken along', async () => {
  await open(page, appliance, `/alerts/episodes/${world.episode.id}`);
  await page.getByText('Normal for that hour').waitFor();
  await page.getByText('Deploy v2.4.1').first().waitFor();
  await page.getByRole('button', { name: 'Keep note' }).click();
  await page.getByText('Write what was found.').waitFor();
  await page.getByLabel('A note').fill('The cache was cold.\nIt warmed up by itself.');
  await page.getByRole('button', { name: 'Keep note' }).click();
  await page.locator('.note-text', { hasText: 'The cache was cold.' }).waitFor();
  await page.reload();
  await page.locator('.note-text', { hasText: 'The cache was cold.' }).waitFor();
  await page.getByRole('button', { name: 'Delete this note' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('.note-text', { hasText: 'The cache was cold.' }).waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON' }).click()]);
  assert.match(download.suggestedFilename(), /^episode-.*\.json$/);
});

test('a job says how it ended, and the public page is previewed under its names', async () => {
  const ping = (path = '') => fetch(new URL(world.backup.ping_url + path, appliance.address), { method: 'POST', body: 'no space left' });
  await ping('/start');
  await ping('/3');
  await open(page, appliance, `/checks/${world.backup.id}`);
  const pings = page.locator('.card', { has: page.getByRole('heading', { name: 'Pings' }) });
  await pings.locator('tr', { hasText: 'failed' }).getByText('3', { exact: true }).waitFor();
  await pings.getByText('no space left').waitFor();
  await page.getByText('In a crontab:').waitFor();
  await ping();
  await pings.locator('tr', { hasText: 'done' }).first().waitFor();
  await open(page, appliance, '/checks');
  await page.getByRole('group', { name: 'Preview of Example shop' }).getByText('Website').waitFor();
  await page.getByRole('img', { name: /Nightly backup: \d+ runs, 1 failed/ }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'New check' }).waitFor();
});

test('a phone has five tabs, and More opens the rest', async () => {
  const small = await visit(browser, appliance, { width: 390, height: 844 });
  await open(small, appliance, '/?range=1h');
  const tabs = small.getByRole('navigation', { name: 'Pages, short' });
  assert.equal(await tabs.locator('> a, > button').count(), 5);
  await small.locator('.load .column').first().waitFor();
  assert.ok(await small.locator('.load .column:visible').count() <= 7);
  await tabs.getByRole('button', { name: 'More' }).click();
  await small.getByRole('dialog', { name: 'More pages' }).getByRole('link', { name: 'Settings' }).click();
  await small.waitForURL('**/settings/keys');
  await small.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(small.wrong, []);
  await small.context().close();
});

test('nothing went wrong on the way, and what is open stays readable while the appliance is away', async () => {
  assert.deepEqual(page.wrong, []);
  for (const [path, shown] of [['/alerts/rules', 'main tbody tr'], ['/checks', '.bars'], ['/data/storage', '.stored .facts']]) {
    const { host } = appliance;
    await open(page, appliance, path);
    await page.locator(shown).first().waitFor();
    await page.locator('.live.live').waitFor();
    await appliance.halt();
    await page.getByText(/Reconnecting, last data \d\d:\d\d:\d\d/).waitFor();
    assert.ok(await page.locator(shown).first().isVisible(), `${path} stays`);
    await appliance.run(host);
    await page.locator('.live.live').waitFor({ timeout: 60_000 });
    await eventually(async () => (await page.locator('main .trouble').count()) === 0);
  }
});
