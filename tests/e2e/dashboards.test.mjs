// Dashboards against a real appliance: made, arranged, saved, shared, taken in and thrown away.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, inkOf, launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';
import { eventually } from './support/world.mjs';

let appliance, browser;
const api = '/api/app/dashboards';

before(async () => {
  appliance = await Appliance.start();
  browser = await launch();
  await seed(appliance);
});
after(async () => { await browser?.close(); await appliance?.stop(); });

const get = async (path) => (await fetch(appliance.address + path)).json();
const panel = (id, kind, expr, [x, y, w, h], more = {}) => ({ id, title: id, kind, queries: [{ expr, legend: '' }], grid: { x, y, w, h }, ...more });
const make = (title, panels, more = {}) => appliance.send(api, { title, panels, range: '1h', ...more });
const placeOf = (page, id) => page.locator(`[data-panel="${id}"]`).evaluate((element) => ['--x', '--y', '--w', '--h'].map((name) => Number(element.style.getPropertyValue(name))));
const close = async (page) => { assert.deepEqual(page.wrong, []); await page.context().close(); };

test('without dashboards the list says so, and offers what arrives', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards');
  await page.getByText('No dashboards yet. Overview may be all you need').waitFor();
  for (const name of ['HTTP', 'Host', 'LLM']) await page.getByRole('link', { name: new RegExp(`^${name}`) }).waitFor();
  assert.equal(await page.getByRole('link', { name: /^PostgreSQL/ }).count(), 0, 'what does not arrive is not offered');
  await page.getByRole('link', { name: /^HTTP/ }).click();
  await page.locator('.panel', { hasText: 'Requests by route' }).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForURL(/\/dashboards\/[0-9a-f]+\?/);
  await page.locator('.stat .figure', { hasText: /\d/ }).first().waitFor();
  await page.reload();
  await page.locator('.stat .figure', { hasText: /\d/ }).first().waitFor();
  await close(page);
});

test('a dashboard is made of panels of every kind, and is there after a reload', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards/new?range=1h');
  await page.getByLabel('Title', { exact: true }).fill('All kinds');
  const kinds = [['Line', 'queue_age_seconds'], ['Area', 'sum(rate(signups[$__rate_interval]))'], ['Bars', 'sum by (plan) (increase(signups[$__interval]))'], ['Number', 'max(queue_age_seconds)'],
    ['Level against a line', 'queue_age_seconds'], ['Table', 'histogram_quantile(0.95, sum by (route) (rate(http_request_duration_seconds[$__rate_interval])))'], ['Heatmap', 'sum(increase(http_request_duration_seconds[$__interval]))']];
  for (const [kind, expr] of kinds) {
    await page.getByRole('button', { name: 'Add panel' }).click();
    await page.getByRole('menuitem', { name: kind, exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'New panel' });
    await drawer.getByRole('textbox', { name: 'PromQL' }).fill(expr);
    await drawer.getByRole('textbox', { name: 'PromQL' }).press('Enter');
    await drawer.getByLabel('Title').fill(kind);
    await page.getByRole('dialog', { name: kind }).getByRole('button', { name: 'Done' }).click();
  }
  await page.keyboard.press('Control+s');
  await page.waitForURL(/\/dashboards\/[0-9a-f]+\?/);
  await page.reload();
  for (const kind of ['Line', 'Area', 'Bars', 'Heatmap']) {
    const shown = page.locator('.panel', { has: page.getByRole('heading', { name: kind, exact: true }) });
    await shown.scrollIntoViewIfNeeded();
    await shown.locator('canvas').waitFor();
    const end = Date.now() + 30_000;
    // A canvas is made anew when its curves change.
    while (await inkOf(shown.locator('canvas')).catch(() => 0) < 900) { assert.ok(Date.now() < end, `${kind} is drawn`); await page.waitForTimeout(100); }
  }
  await page.locator('.stat .figure', { hasText: /\d+(\.\d+)?\s*s/ }).waitFor();
  await page.locator('.gauges li', { hasText: 'mail' }).or(page.locator('.gauges li', { hasText: 'Level' })).first().waitFor();
  await page.locator('.panel-table tbody tr', { hasText: '/api/chat' }).waitFor();
  await page.locator('.panel-table').getByRole('button', { name: 'route' }).click();
  await page.waitForURL(/sort-p6=/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.panel-table').getByRole('button', { name: 'CSV' }).click()]);
  const csv = await readFile(await download.path(), 'utf8');
  assert.match(csv, /^route,Last\r\n/);
  assert.match(csv, /\/api\/chat,0\.\d+\r\n/);
  await close(page);
});

test('panels are arranged by mouse and by keys, and all of it can be undone', async () => {
  const made = await make('Arranged', [panel('a', 'line', 'queue_age_seconds', [0, 0, 6, 5]), panel('b', 'stat', 'max(queue_age_seconds)', [6, 0, 6, 5])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}/edit`);
  const header = page.locator('[data-panel="a"] .grab'), box = await header.boundingBox();
  const column = (await page.locator('.panels').boundingBox()).width / 12;
  await page.mouse.move(box.x + 60, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 60 + column * 6, box.y + 16, { steps: 8 });
  await page.mouse.up();
  assert.deepEqual(await placeOf(page, 'a'), [7, 1, 6, 5]);
  assert.deepEqual(await placeOf(page, 'b'), [7, 6, 6, 5], 'the other flows down');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await placeOf(page, 'a'), [1, 1, 6, 5], 'a drag is one step');
  const corner = await page.locator('[data-panel="a"] .corner').boundingBox();
  await page.mouse.move(corner.x + 12, corner.y + 12);
  await page.mouse.down();
  await page.mouse.move(corner.x + 12 - column * 2, corner.y + 12 + 88, { steps: 8 });
  await page.mouse.up();
  assert.deepEqual(await placeOf(page, 'a'), [1, 1, 4, 7]);
  await page.locator('[data-panel="a"]').focus();
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await placeOf(page, 'a'), [2, 1, 4, 7]);
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowUp');
  assert.deepEqual(await placeOf(page, 'a'), [2, 1, 5, 6]);
  await page.keyboard.press('Delete');
  await page.locator('[data-panel="a"]').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.keyboard.press('Control+s');
  await page.waitForURL((url) => !url.pathname.endsWith('/edit'));
  assert.deepEqual((await get(`${api}/${made.id}`)).panels.find(({ id }) => id === 'a').grid, { x: 1, y: 0, w: 5, h: 6 });

  await page.getByRole('button', { name: 'Share' }).waitFor();
  await page.locator('[data-panel="b"] .stat').waitFor();
  await page.keyboard.press('e');
  await page.waitForURL(/\/edit/);
  await page.getByLabel('Title', { exact: true }).fill('Never saved');
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByRole('link', { name: 'Cancel' }).click();
  assert.match(page.url(), /\/edit/, 'leaving asks once');
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/edit'));
  assert.equal((await get(`${api}/${made.id}`)).title, 'Arranged');
  await close(page);
});

test('variables change what is asked, and stand in the address', async () => {
  const made = await make('By route', [panel('r', 'table', 'histogram_count(sum by (route) (increase(http_request_duration_seconds{route="$route"}[$__range])))', [0, 0, 12, 8])],
    { variables: [{ name: 'route', label: 'Route', metric: 'http_request_duration_seconds', label_name: 'route', all: true }] });
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}?range=1h`);
  await until(page, () => document.querySelectorAll('.panel-table tbody tr').length === 4);
  await page.getByRole('button', { name: 'Route: all' }).click();
  await page.getByRole('checkbox', { name: '/search' }).check();
  await until(page, () => document.querySelectorAll('.panel-table tbody tr').length === 1);
  await page.getByRole('checkbox', { name: '/api/me' }).check();
  await until(page, () => document.querySelectorAll('.panel-table tbody tr').length === 2);
  await page.keyboard.press('Escape');
  assert.match(decodeURIComponent(page.url()), /var-route=\["\/search","\/api\/me"\]/);
  await page.reload();
  await until(page, () => document.querySelectorAll('.panel-table tbody tr').length === 2);
  await page.locator('[data-panel="r"]').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/explore\?q=/);
  assert.match(new URL(page.url()).searchParams.get('q'), /route=~"\(\/search\|\/api\/me\)"/);
  await close(page);
});

test('a panel is copied, taken as a file, made an alarm of, and fills the screen', async () => {
  const made = await make('Menu', [panel('Queue', 'line', 'max(queue_age_seconds)', [0, 0, 6, 6]), panel('Second', 'line', 'min(queue_age_seconds)', [6, 0, 6, 6])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}?range=1h`);
  await page.locator('[data-panel="Queue"] .note', { hasText: /\d/ }).waitFor();
  const menu = page.getByRole('button', { name: 'Queue: more' });
  await menu.click();
  await page.getByRole('menuitem', { name: 'Copy as PNG' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
  assert.deepEqual(await page.evaluate(async () => (await navigator.clipboard.read())[0].types), ['image/png']);
  await menu.click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()]);
  assert.match(await readFile(await download.path(), 'utf8'), /^time,Queue\r\n\d{4}-\d\d-\d\dT[^,]+Z,\d/);
  await page.locator('[data-panel="Queue"]').focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.panel), 'Second', 'arrows move the focus');
  await page.keyboard.press('f');
  await until(page, () => document.fullscreenElement?.classList.contains('board'));
  await page.keyboard.press('f');
  await until(page, () => document.fullscreenElement === null);
  const over = await page.locator('[data-panel="Queue"] .u-over').boundingBox();
  await page.mouse.move(over.x + over.width * 0.4, over.y + 40);
  await until(page, () => [...document.querySelectorAll('.u-cursor-x')].filter((line) => !line.classList.contains('u-off') && line.offsetParent).length === 2);
  const linesAt = await page.evaluate(() => [...document.querySelectorAll('.panel .canvas .u-over')].map((over) => {
    const { left, right } = over.getBoundingClientRect();
    return [...document.querySelectorAll('.u-cursor-x')].map((line) => line.getBoundingClientRect().right).filter((at) => at > left && at <= right).map((at) => Math.round((at - left) / (right - left) * 20) / 20);
  }));
  assert.deepEqual(linesAt, [[0.4], [0.4]], 'the crosshair stands at the same time in both');
  assert.equal(await page.locator('[data-panel="Queue"] .u-cursor-pt:visible').count(), 1, 'a point on the curve that is pointed at');
  await page.mouse.down();
  await page.mouse.move(over.x + over.width * 0.7, over.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('from'));
  await menu.click();
  await page.getByRole('menuitem', { name: 'Set alarm' }).click();
  await page.waitForURL(/\/alerts\/new/);
  assert.equal(new URL(page.url()).searchParams.get('expr'), 'max(queue_age_seconds)');
  await close(page);
});

test('who saved meanwhile is named, and neither side is lost', async () => {
  const made = await make('Contested', [panel('a', 'stat', 'max(queue_age_seconds)', [0, 0, 4, 4])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}/edit`);
  const save = (title, version) => fetch(`${appliance.address}${api}/${made.id}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...made, title, version }) });
  assert.equal((await save('Theirs', 1)).status, 200);
  await page.getByLabel('Title', { exact: true }).fill('Mine');
  await page.keyboard.press('Control+s');
  await page.locator('.conflict', { hasText: 'saved this dashboard' }).waitFor();
  await page.getByRole('button', { name: 'Load what is there' }).click();
  await until(page, () => document.querySelector('.title-field').value === 'Theirs');
  assert.equal((await save('Theirs again', 2)).status, 200);
  await page.getByLabel('Title', { exact: true }).fill('Mine');
  await page.keyboard.press('Control+s');
  await page.getByRole('button', { name: 'Keep mine as a copy' }).click();
  await page.waitForURL((url) => !url.pathname.includes(made.id));
  await page.getByRole('heading', { name: /Mine \(copy\)/ }).waitFor();
  assert.equal((await get(`${api}/${made.id}`)).title, 'Theirs again');
  assert.deepEqual(page.wrong.filter((what) => !what.includes('409')), []);
  await page.context().close();
});

test('what the server refuses is said in its words, and the draft stays', async () => {
  const made = await make('Wrong', [panel('a', 'line', 'queue_age_seconds', [0, 0, 6, 5])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}/edit`);
  await page.getByRole('button', { name: 'Edit a' }).click();
  await page.getByRole('textbox', { name: 'PromQL' }).fill('sum(rate(signups[5m])');
  await page.getByRole('textbox', { name: 'PromQL' }).press('Enter');
  await page.locator('[data-panel="a"] .trouble').waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('main .trouble', { hasText: 'query 1 is not PromQL' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'PromQL' }).inputValue(), 'sum(rate(signups[5m])');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.keyboard.press('Control+s');
  assert.deepEqual(page.wrong.filter((what) => !/ 4\d\d /.test(what)), []);
  await page.context().close();
});

const grafana = {
  title: 'From Grafana', uid: 'abc', schemaVersion: 36, time: { from: 'now-6h', to: 'now' },
  templating: { list: [{ type: 'query', name: 'queue', label: 'Queue', query: 'label_values(queue_age_seconds, queue)', datasource: { type: 'prometheus', uid: 'p' }, includeAll: true, current: { value: '$__all' } }] },
  panels: [
    { id: 1, type: 'timeseries', title: 'Age', gridPos: { x: 0, y: 0, w: 12, h: 8 }, datasource: { type: 'prometheus', uid: 'p' }, targets: [{ refId: 'A', expr: 'queue_age_seconds{queue=~"$queue"}', legendFormat: '{{queue}}' }], fieldConfig: { defaults: { unit: 's' } } },
    { id: 2, type: 'news', title: 'News', gridPos: { x: 12, y: 0, w: 12, h: 8 } },
  ],
};

test('a dashboard of Grafana is taken in with a report, and what goes out comes back the same', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards');
  await page.getByRole('button', { name: 'Import' }).click();
  await page.getByLabel('Or paste it').fill('{ no json');
  await page.getByRole('button', { name: 'See what comes over' }).click();
  await page.getByText('That is not JSON.').waitFor();
  const before = (await get(api)).items.length;
  await page.getByLabel('File').setInputFiles({ name: 'grafana.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(grafana)) });
  await page.locator('.report-line', { hasText: 'News' }).filter({ hasText: 'left out' }).waitFor();
  await page.locator('.report-line', { hasText: 'Age' }).filter({ hasText: 'whole' }).waitFor();
  assert.equal((await get(api)).items.length, before, 'nothing is saved before it was seen');
  await page.getByRole('button', { name: 'Save “From Grafana”' }).click();
  await page.waitForURL(/\/dashboards\/[0-9a-f]+/);
  await page.locator('.panel', { has: page.getByRole('heading', { name: 'Age' }) }).locator('canvas').waitFor();
  await page.getByRole('button', { name: 'More about this dashboard' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export as JSON' }).click()]);
  const file = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(file.plimsoll_dashboard, 1);
  const again = await appliance.send(`${api}/import`, file);
  assert.deepEqual(await get(`${api}/${again.id}/export`), file);
  await close(page);
});

test('a link shows the dashboard to a stranger, and nothing once it ended', async () => {
  const made = await make('Shown', [panel('n', 'stat', 'max(queue_age_seconds)', [0, 0, 6, 4]), panel('l', 'line', 'queue_age_seconds', [6, 0, 6, 6])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}?range=1h`);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: '1 day' }).click();
  await page.getByRole('button', { name: 'Make link' }).click();
  const link = await page.locator('.share-made code').innerText();
  const stranger = await visit(browser, appliance, { welcomed: false });
  const asked = [];
  stranger.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await stranger.goto(link);
  await stranger.locator('.stat .figure', { hasText: /\d\s?(s|min|ms)$/ }).waitFor();
  await stranger.getByText(/read-only, ends in 2[34]\sh/).waitFor();
  assert.ok(await inkOf(stranger.locator('[data-panel="l"] canvas')) > 500);
  assert.deepEqual(asked.filter((path) => path.startsWith('/api/') && !path.startsWith('/api/share/')), [], 'it asks for nothing else');
  assert.equal(await stranger.locator('.side, .drawer').count(), 0);
  await page.locator('.share-links').getByRole('button', { name: 'End it' }).click();
  await page.getByText('No links yet.').waitFor();
  await stranger.reload();
  await stranger.getByRole('heading', { name: 'This link shows nothing any more' }).waitFor();
  assert.deepEqual(stranger.wrong.filter((what) => !what.includes('404')), []);
  await stranger.context().close();
  await close(page);
});

test('one is pinned, thrown away, and brought back', async () => {
  const made = await make('Pin me', [panel('n', 'stat', 'max(queue_age_seconds)', [0, 0, 6, 4])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards');
  await page.getByRole('link', { name: 'Pin me' }).focus();
  await page.keyboard.press('p');
  await page.locator('.side .pinned', { hasText: 'Pin me' }).waitFor();
  await page.getByRole('button', { name: 'More about Pin me' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.locator('main').getByRole('link', { name: 'Pin me' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('main').getByRole('link', { name: 'Pin me' }).waitFor();
  await page.getByRole('button', { name: 'More about Pin me' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await deleteNow(page);
  await page.locator('.side .pinned').waitFor({ state: 'detached' });
  assert.equal((await fetch(`${appliance.address}${api}/${made.id}`)).status, 404);
  await close(page);
});

test('the list goes by keys: j and k choose, p pins, Enter opens', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards');
  await page.locator('.tile .row-link').nth(2).waitFor();
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-id]')?.dataset.id);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const second = await focused();
  await page.keyboard.press('k');
  assert.notEqual(await focused(), second);
  await page.keyboard.press('j');
  const was = (await get(`${api}/${second}`)).pinned;
  await page.keyboard.press('p');
  await page.locator(`[data-id="${second}"] .tag`).waitFor({ state: was ? 'detached' : 'visible' });
  assert.equal((await get(`${api}/${second}`)).pinned, !was);
  await until(page, (id) => document.activeElement.closest('[data-id]')?.dataset.id === id, second); // the focus goes with it
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/dashboards/${second}`));
  await close(page);
});

test('a heatmap is a file too: a column for each span of values', async () => {
  const made = await make('Heat', [panel('Heat', 'heatmap', 'sum(increase(http_request_duration_seconds[$__interval]))', [0, 0, 8, 8])]);
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}?range=1h`);
  await page.locator('[data-panel="Heat"] canvas').waitFor();
  await until(page, () => !document.querySelector('[data-panel="Heat"] .loading'));
  await page.getByRole('button', { name: 'Heat: more' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'CSV' }).click()]);
  const [head, ...lines] = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  assert.match(head, /^time,\d[\d.e-]* to \d[\d.e-]*,/);
  assert.ok(lines.length > 5, `${lines.length} lines`);
  for (const line of lines) assert.equal(line.split(',').length, head.split(',').length);
  assert.ok(lines.flatMap((line) => line.split(',').slice(1)).some((count) => Number(count) > 0));
  await close(page);
});

test('a line may be crossed downwards: in the editor, the figures and the chart', async () => {
  const made = await make('Lows', [panel('n', 'stat', 'max(host_memory_used_ratio)', [0, 0, 4, 5], { thresholds: [{ value: 0.0001, severity: 'critical' }] }), panel('g', 'gauge', 'max(host_memory_used_ratio)', [4, 0, 4, 4]), panel('l', 'line', 'max(host_memory_used_ratio)', [8, 0, 4, 6])]);
  assert.equal(made.panels[0].thresholds[0].op, '>', 'what says nothing is above, as ever');
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}/edit?range=1h`);
  await page.locator('[data-panel="n"]', { hasText: 'above its line of' }).waitFor();
  await page.getByRole('button', { name: 'Edit n' }).click();
  await page.getByLabel('Bad when').selectOption('below');
  await page.locator('[data-panel="n"]', { hasText: 'above its line of' }).waitFor({ state: 'detached' });
  await page.getByLabel('Line 1', { exact: true }).fill('99.9 %');
  await page.getByLabel('Line 1', { exact: true }).press('Enter');
  await page.locator('[data-panel="n"]', { hasText: 'below its line of' }).waitFor();
  for (const id of ['g', 'l']) {
    await page.getByRole('button', { name: `Edit ${id}` }).click();
    await page.getByRole('dialog', { name: id }).getByRole('button', { name: 'line', exact: true }).click();
    await page.getByRole('dialog', { name: id }).getByLabel('Bad when').selectOption('below');
  }
  await page.locator('[data-panel="g"]', { hasText: 'below its line of' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.endsWith('/edit'));
  const saved = await get(`${api}/${made.id}`);
  assert.deepEqual(saved.panels.map(({ thresholds }) => thresholds.map(({ value, op }) => [Number(value.toFixed(6)), op])), [[[0.999, '<']], [[0.9, '<']], [[0.9, '<']]]);
  await page.reload();
  await page.locator('[data-panel="n"]', { hasText: 'below its line of' }).waitFor();
  await close(page);
});

/** Ten minutes of what postgres_exporter answers, in its names, types and labels. */
function postgresFeed() {
  const families = [['pg_up', 'gauge', [['', () => 1]]],
    ['pg_stat_activity_count', 'gauge', ['active', 'idle', 'idle in transaction'].map((state, i) => [`{datname="shop",state="${state}",usename="app",wait_event="",wait_event_type="",application_name="web",backend_type="client backend"}`, (n) => 4 + 3 * i + (n % 3)])],
    ['pg_stat_activity_max_tx_duration', 'gauge', [['{datname="shop",state="active",server="127.0.0.1:5432"}', (n) => 0.4 + (n % 5) / 10]]],
    ['pg_database_size_bytes', 'gauge', [['{datname="shop"}', (n) => 73_400_320 + n * 8192], ['{datname="postgres"}', () => 7_500_000]]],
    ...[['xact_commit', 900], ['xact_rollback', 6], ['blks_hit', 48_000], ['blks_read', 350], ['deadlocks', 0.2]].map(([name, step]) =>
      [`pg_stat_database_${name}`, 'counter', [['{datid="16384",datname="shop"}', (n) => 100_000 + Math.floor(n * step)]]])];
  const startMs = Date.now() - 600_000;
  return families.map(([name, type, series]) => `# TYPE ${name} ${type}\n${series.flatMap(([labels, at]) => Array.from({ length: 40 }, (_, n) => `${name}${labels} ${at(n)} ${startMs + n * 15_000}`)).join('\n')}\n`).join('');
}

const figuresOf = (page) => page.locator('.panel').evaluateAll((panels) => panels.map((panel) => [panel.querySelector('h2').textContent, panel.querySelector('.empty')?.textContent ?? '', panel.querySelector('.strip, .note, .figure')?.textContent ?? '']));

test('PostgreSQL and the event loop are dashboards of what their exporters send', async () => {
  const taken = await fetch(`${appliance.address}/api/v1/import/prometheus`, { method: 'POST', body: postgresFeed() });
  assert.ok(taken.ok, await taken.text());
  const client = spawn('python3', [new URL('./support/loop.py', import.meta.url).pathname, appliance.address, '13'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = [];
  client.stderr.on('data', (chunk) => said.push(String(chunk)));
  const ended = new Promise((done) => client.once('exit', done));
  const page = await visit(browser, appliance);
  await open(page, appliance, '/dashboards/new?template=postgresql&range=1h');
  const all = ['Connections', 'Transactions', 'Found in memory', 'Longest transaction', 'Deadlocks', 'Size'];
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForURL(/\/dashboards\/[0-9a-f]+\?/);
  for (const title of all) await page.locator('.panel', { has: page.getByRole('heading', { name: title, exact: true }) }).locator('canvas').waitFor();
  await until(page, () => !document.querySelector('.panel .loading'));
  const figures = Object.fromEntries((await figuresOf(page)).map(([title, empty, figure]) => [title, empty || figure]));
  assert.deepEqual(Object.keys(figures), all);
  assert.match(figures['Found in memory'], /^99\.\d+.%/, JSON.stringify(figures));
  assert.match(figures['Longest transaction'], /ms|s$/);
  for (const title of all) assert.doesNotMatch(figures[title], /No points|not understood/, title);
  await eventually(async () => (await get('/api/app/metrics')).items.some(({ name }) => name === 'event_loop_lag_seconds'));
  assert.equal(await ended, 0, said.join(''));
  await open(page, appliance, '/dashboards');
  await page.getByRole('link', { name: /^Event loop/ }).click();
  await page.locator('.panel', { hasText: 'Event loop, worst lag' }).locator('.note', { hasText: /(ms|µs)/ }).waitFor();
  await page.locator('.panel', { hasText: 'Requests in flight' }).locator('.note', { hasText: /\d/ }).waitFor();
  await close(page);
});

test('a chart of Explore is kept on a dashboard', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/explore?range=1h&q=max(queue_age_seconds)');
  await page.getByRole('button', { name: 'Save to dashboard' }).click();
  await page.getByLabel('Title of the panel').fill('Queue');
  await page.getByLabel('Its title').fill('Kept');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Open Kept' }).click();
  await page.waitForURL(/\/dashboards\/[0-9a-f]+/);
  await page.locator('.panel', { has: page.getByRole('heading', { name: 'Queue' }) }).locator('canvas').waitFor();
  await close(page);
});

test('without the appliance the panels stay, and it comes back by itself', async () => {
  const made = await make('Offline', [panel('n', 'stat', 'max(queue_age_seconds)', [0, 0, 6, 4])], { refresh: '5s' });
  const page = await visit(browser, appliance);
  await open(page, appliance, `/dashboards/${made.id}?range=1h`);
  await page.locator('.stat .figure', { hasText: /\d/ }).waitFor();
  await page.context().setOffline(true);
  await page.locator('.panel .trouble', { hasText: 'Plimsoll does not answer.' }).waitFor();
  assert.match(await page.locator('.stat .figure').innerText(), /\d/, 'the last good figure stays');
  await page.context().setOffline(false);
  await page.locator('.panel .trouble').waitFor({ state: 'detached' });
  assert.deepEqual(page.wrong.filter((what) => !/ERR_INTERNET_DISCONNECTED/.test(what)), []);
  await page.context().close();
});
