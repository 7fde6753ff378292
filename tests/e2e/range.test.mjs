// The time range of the page: presets, any other range by keyboard, steps, comparison, marks, time zones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

let appliance, browser, page;

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  await seed(appliance);
  await appliance.send('/track/deploy?version=v2.4.1', '1');
  page = await visit(browser, appliance);
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const query = () => new URL(page.url()).searchParams;
const picker = () => page.getByRole('dialog', { name: 'Time range' });
const requests = () => page.locator('.sheet.three .cell', { has: page.getByRole('heading', { name: 'Requests', exact: true }) });

/** Presses a key of the page once nothing holds the focus. */
const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };

/** Opens the form by its keys; on a busy machine more than the 1.2 s may lie between them that they have. */
async function openPicker() {
  for (let tries = 0; tries < 10 && !(await picker().isVisible()); tries++) {
    if ((await page.locator('.range .other').getAttribute('aria-expanded')) !== 'true') await press('t', '0');
    await picker().waitFor({ timeout: 3000 }).catch(() => undefined);
  }
  await picker().waitFor();
  await until(page, () => document.activeElement?.closest('.popover'));
}

test('keys choose presets, and step back and on by halves and wholes', async () => {
  await open(page, appliance, '/?range=6h');
  await press('t', '1');
  await until(page, () => new URL(location).searchParams.get('range') === '1h');
  assert.equal(await page.getByRole('button', { name: '1h', exact: true }).getAttribute('aria-pressed'), 'true');
  await press('[');
  await until(page, () => new URL(location).searchParams.has('from'));
  const half = Number(query().get('to'));
  assert.ok(Math.abs(Date.now() - half - 30 * 60_000) < 60_000, 'half an hour ago');
  await press('Shift+{');
  await until(page, (was) => Number(new URL(location).searchParams.get('to')) === was - 3600_000, half);
  await press('Shift+}', ']');
  await until(page, () => new URL(location).searchParams.get('range') === '1h');
  assert.equal(query().has('from'), false, 'at the present it slides again');
});

test('a range is typed, corrected under its field, kept by a reload, and left by Esc', async () => {
  await open(page, appliance, '/?range=6h');
  await openPicker();
  assert.equal(await picker().getByLabel('From').inputValue(), 'now-6h');
  await page.keyboard.type('soon');
  await press('Enter');
  await picker().getByText('“soon” is no time. Try now-3h, 14:00 or 2026-11-20 14:00.').waitFor();
  assert.equal(await picker().getByLabel('From').getAttribute('aria-invalid'), 'true');
  await picker().getByLabel('From').fill('now-90m');
  await press('Enter');
  await picker().waitFor({ state: 'detached' });
  assert.deepEqual([query().get('from'), query().get('to'), query().get('range')], ['now-90m', 'now', null]);
  await until(page, () => document.activeElement?.classList.contains('other'), undefined);
  assert.match(await page.locator('.range .other').innerText(), /last 90\smin/);
  await page.reload();
  await page.locator('.range .other', { hasText: 'last 90' }).waitFor();
  await openPicker();
  await press('Escape');
  await picker().waitFor({ state: 'detached' });
  assert.ok(query().has('from'), 'Esc closes the form first');
  await press('Escape');
  await until(page, () => !new URL(location).searchParams.has('from'));
});

test('a range of days is shown with dates; the calendar and pasted links work', async () => {
  await open(page, appliance, '/?range=6h');
  await openPicker();
  await picker().getByLabel('From').fill('2026-01-02');
  await picker().getByLabel('To').fill('2026-01-05');
  await press('Enter');
  await page.locator('.range .other', { hasText: '2 Jan' }).waitFor();
  assert.match(await page.locator('.range .other').innerText(), /^2 Jan( 2026)? – 5 Jan( 2026)?$/);
  assert.match(await page.locator('.range .other').getAttribute('title'), /UTC – .*UTC/);
  await openPicker();
  await picker().getByRole('button', { name: 'Yesterday', exact: true }).click();
  await until(page, () => new URL(location).searchParams.get('from') === 'yesterday');
  assert.equal(await page.locator('.range .other').innerText(), 'Yesterday');
  const now = Date.now();
  await open(page, appliance, `/explore?q=up&from=${now - 7200_000}&to=${now - 3600_000}`);
  await page.locator('.range .other', { hasText: '–' }).waitFor();
  await open(page, appliance, '/?from=nonsense&to=now');
  await page.locator('.range .segments [aria-pressed=true]').waitFor();
});

test('the earlier period is dotted beneath, and the header says the difference', async () => {
  await open(page, appliance, '/?range=1h');
  await openPicker();
  await picker().getByRole('button', { name: 'the period before' }).click();
  await until(page, () => new URL(location).searchParams.get('compare') === 'period');
  await press('Escape');
  const asked = page.waitForResponse((response) => response.url().includes('query_range') && decodeURIComponent(response.url()).includes('histogram_count'));
  await page.reload();
  await asked;
  await requests().locator('.note', { hasText: 'the period before' }).waitFor();
  await page.getByRole('button', { name: 'Compared with the period before. Stop comparing' }).click();
  await until(page, () => !new URL(location).searchParams.has('compare'));

  await open(page, appliance, `/explore?range=1h&compare=period&q=${encodeURIComponent('sum(queue_age_seconds)')}`);
  await page.locator('.chart-card header p', { hasText: 'the period before' }).waitFor();

  const { id } = await appliance.send('/api/app/dashboards', { title: 'Queue', panels: [{ id: 'a', title: 'Age', kind: 'line', queries: [{ expr: 'sum(queue_age_seconds)', legend: '' }], grid: { x: 0, y: 0, w: 12, h: 8 } }] }, { 'Content-Type': 'application/json' });
  await open(page, appliance, `/dashboards/${id}?range=1h&compare=period`);
  await page.locator('.panel-head .note', { hasText: 'the period before' }).waitFor();
});

test('a moment is marked at the crosshair, read on the charts and in the list, and deleted with undo', async () => {
  await open(page, appliance, '/?range=1h');
  const canvas = requests().getByRole('img');
  await requests().locator('.figure', { hasText: /\d/ }).waitFor();
  await canvas.focus();
  await press('ArrowLeft', 'ArrowLeft', 'm');
  const form = page.getByRole('dialog', { name: 'Mark this moment' });
  await form.waitFor();
  await until(page, () => document.activeElement?.closest('.mark-form'));
  await press('Enter');
  await form.getByText('Write what happened.').waitFor();
  await page.keyboard.type('Cache <b>warmed</b>');
  await press('Enter');
  await form.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /Cache <b>warmed<\/b>, / }).first().waitFor({ state: 'attached' });
  const kept = (await (await fetch(`${appliance.address}/api/app/annotations`)).json()).items;
  assert.deepEqual(kept.map(({ title }) => title), ['Cache <b>warmed</b>']);

  await canvas.focus();
  await press('PageUp');
  await requests().locator('.note', { hasText: /Cache <b>warmed<\/b>|Deploy/ }).waitFor();
  await page.locator('#main').focus();
  await press('Shift+M');
  const list = page.getByRole('dialog', { name: 'Marks' });
  await list.getByText('Deploy v2.4.1').waitFor();
  assert.equal(await list.getByRole('row', { name: /Deploy/ }).getByRole('button').count(), 0, 'a deploy is a sample and stays');
  await list.getByRole('button', { name: 'Delete Cache <b>warmed</b>' }).click();
  await list.getByText('Cache').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await list.getByText('Cache <b>warmed</b>').waitFor();
  await list.getByRole('button', { name: 'Delete Cache <b>warmed</b>' }).click();
  await deleteNow(page);
  await until(page, async () => (await (await fetch('/api/app/annotations')).json()).items.length === 0);
  await list.getByRole('button', { name: 'Close' }).click();
  await list.waitFor({ state: 'detached' });
});

test('a chart is read as a table, and as a chart again', async () => {
  await open(page, appliance, '/?range=1h');
  await requests().hover();
  await page.getByRole('button', { name: 'Requests: more' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const table = page.getByRole('region', { name: 'Requests as a table' });
  await table.getByRole('row').nth(3).waitFor();
  assert.match(await table.getByRole('row').nth(1).locator('td time').first().getAttribute('title'), /UTC$/);
  await page.getByRole('button', { name: 'Requests: more' }).click();
  await until(page, () => document.activeElement.closest('[role=menu]'));
  await page.keyboard.press('ArrowUp');
  await until(page, () => document.activeElement.textContent === 'Show as chart');
  await page.keyboard.press('Enter');
  await table.waitFor({ state: 'detached' });
});

test('what the server refuses of a mark is said at the form', async () => {
  await open(page, appliance, '/?range=1h');
  await page.route('**/api/app/annotations', (route) => (route.request().method() === 'POST'
    ? route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'The store takes nothing now.', hint: 'Try again soon.' } } }) : route.continue()));
  await press('m');
  const form = page.getByRole('dialog', { name: 'Mark this moment' });
  await form.getByLabel('What happened').fill('A try');
  await press('Enter');
  await form.getByText('The store takes nothing now. Try again soon.').waitFor();
  await press('Escape');
  await form.waitFor({ state: 'detached' });
  await page.unroute('**/api/app/annotations');
  page.wrong = page.wrong.filter((what) => !what.includes('503'));
});

test('all times are those of the chosen zone', async () => {
  await open(page, appliance, '/settings/appearance');
  await page.getByRole('group', { name: 'Time zone' }).getByRole('button', { name: 'Another' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Nowhere/Land');
  await press('Tab');
  await page.getByText('“Nowhere/Land” is no time zone. Try Europe/Berlin.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Asia/Kolkata');
  const now = new Date(), minutes = (now.getUTCHours() * 60 + now.getUTCMinutes() + 330) % 1440;
  const shown = /\d\d:\d\d/.exec(await page.getByText(/^It is /).innerText())[0].split(':').map(Number);
  assert.ok(Math.abs(shown[0] * 60 + shown[1] - minutes) <= 2, `${shown}`);
  await open(page, appliance, '/?range=1h');
  await openPicker();
  await picker().getByText('Times are of Asia/Kolkata.').waitFor();
  await press('Escape');
  await page.evaluate(() => localStorage.removeItem('plimsoll.zone'));
});

test('nothing went wrong on the way', () => assert.deepEqual(page.wrong, []));
