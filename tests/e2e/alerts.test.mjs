import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, until, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

let appliance, browser, receiver, received;

before(async () => {
  received = [];
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      received.push(JSON.parse(body));
      response.writeHead(request.url === '/revoked' ? 403 : 200, { 'Content-Type': 'text/plain' });
      response.end(request.url === '/revoked' ? 'invalid_token' : 'ok');
    });
  });
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
  appliance = await Appliance.start();
  browser = await launch();
  await seed(appliance);
});
after(async () => {
  await browser?.close();
  await appliance?.stop();
  receiver?.closeAllConnections?.();
  receiver?.close();
});

const hook = (path) => `http://127.0.0.1:${receiver.address().port}${path}`;

test('a channel is made and its test shows the real answer', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/alerts/channels');
  const make = async (name, path) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel(/^Address/).fill(hook(path));
    await page.getByRole('button', { name: 'Make channel' }).click();
    return page.locator('.channel', { hasText: name });
  };
  const ops = await make('ops', '/hook');
  await ops.getByRole('button', { name: 'Send a test' }).click();
  await ops.getByText(/200 OK in \d+ ms · body/).waitFor();
  assert.equal(received.at(-1).event, 'test');
  const revoked = await make('revoked', '/revoked');
  await revoked.getByRole('button', { name: 'Send a test' }).click();
  await revoked.getByText(/403 from 127\.0\.0\.1:\d+ after \d+ ms: invalid_token/).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('an address that is none is refused in the form', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/alerts/channels');
  await page.getByLabel('Name', { exact: true }).fill('broken');
  await page.getByLabel(/^Address/).fill('example.com/hook');
  await page.getByRole('button', { name: 'Make channel' }).click();
  await page.getByText('An address begins with http:// or https://.').waitFor();
  await page.context().close();
});

test('an alarm is written as a sentence, fires, tells and is shown', async () => {
  const page = await visit(browser, appliance);
  const { items: channels } = await (await fetch(`${appliance.address}/api/app/channels`)).json();
  await open(page, appliance, '/alerts/new');
  await page.getByRole('combobox', { name: 'Metric' }).selectOption('host_memory_used_ratio');
  const height = page.getByRole('textbox', { name: 'Height of the line' });
  await until(page, () => /%/.test(document.querySelector('.height').value));
  await height.fill('0.001 %');
  await height.press('Enter');
  await page.getByRole('combobox', { name: 'For how long' }).selectOption('0s');
  await page.getByRole('combobox', { name: 'Tell another channel' }).selectOption(channels.find(({ name }) => name === 'ops').id);
  await page.getByText(/Would have fired/).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Memory in use');
  await page.getByRole('button', { name: 'Save alarm' }).click();
  await page.waitForURL('**/alerts/rules');
  const row = page.locator('tr', { hasText: 'Memory in use' });
  await row.getByText('firing', { exact: true }).waitFor({ timeout: 90_000 });
  const { items } = await (await fetch(`${appliance.address}/api/app/rules`)).json();
  const rule = items.find(({ name }) => name === 'Memory in use');
  assert.equal(rule.op, '>');
  assert.ok(Math.abs(rule.threshold - 0.00001) < 1e-12, `threshold ${rule.threshold}`);

  await page.getByRole('link', { name: 'Overview' }).first().click();
  await page.getByRole('heading', { name: '1 alarm is above its line' }).waitFor();
  await page.locator('.load .column.over', { hasText: 'Memory in use' }).waitFor();
  await page.getByRole('link', { name: 'Open episode' }).click();
  await page.getByRole('heading', { name: 'Receipt' }).waitFor();
  await page.locator('tr', { hasText: 'ops' }).getByText('200').waitFor();
  await page.getByRole('button', { name: 'Silence for another time: Memory in use' }).click();
  await page.getByRole('menuitem', { name: 'until it ends' }).click();
  await page.getByText('Silent until it ends').waitFor();
  await page.reload();
  await page.getByText('Silenced').first().waitFor();
  const silences = (await (await fetch(`${appliance.address}/api/app/silences`)).json()).items;
  assert.equal(silences[0].until_episode, page.url().split('/').pop());
  await open(page, appliance, '/alerts/silences');
  await page.getByRole('cell', { name: 'until it ends' }).waitFor();
  assert.deepEqual(received.filter(({ rule: told }) => told.name === 'Memory in use').map(({ unit }) => unit), ['ratio']);
  assert.equal(received.filter(({ event, rule: told }) => event === 'firing' && told.name === 'Memory in use').length, 1);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('the line is dragged and stepped, and the verdict answers', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/alerts/new?expr=queue_age_seconds');
  await page.getByRole('group', { name: 'How far back' }).getByRole('button', { name: '1h' }).click();
  const grip = page.getByRole('slider', { name: /Height of the line/ });
  await grip.waitFor();
  await page.getByText('Would not have fired.').waitFor();
  const box = await grip.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 200, { steps: 8 });
  await page.mouse.up();
  await page.getByText(/Would have fired \d+ time/).waitFor();
  const low = Number(await grip.getAttribute('aria-valuenow'));
  await grip.focus();
  await page.keyboard.press('ArrowUp');
  assert.ok(Number(await grip.getAttribute('aria-valuenow')) > low);
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.waitForURL('**/alerts/rules');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('of a young metric the editor draws what there is, says so, and shows the deploys', async () => {
  const now = Date.now(), at = (minutes) => now - minutes * 60_000;
  await appliance.send('/ingest', { metrics: Array.from({ length: 180 }, (_, i) => ({ name: 'filled_ratio', value: i > 60 && i < 70 ? 1 : 0.4, type: 'gauge', ts: at(179 - i) })) });
  await appliance.send('/track/deploy?version=v7.1', '1');
  const page = await visit(browser, appliance), spans = [];
  page.on('request', (request) => {
    const query = new URL(request.url()).searchParams;
    if (query.get('query') === 'filled_ratio' && query.has('start')) spans.push(Number(query.get('end')) - Number(query.get('start')));
  });
  await open(page, appliance, '/alerts/new?expr=filled_ratio&threshold=1');
  await page.getByText('Only 2 h of data yet: the replay is a hint.').waitFor();
  await page.getByRole('button', { name: /^Deploy v7\.1/ }).waitFor();
  await until(page, () => document.querySelector('.editor-foot').textContent.includes('5\u00a0s'));
  assert.ok(spans[0] > 6 * 86_400 && spans.at(-1) < 4 * 3600, `asked for ${spans}`);
  const title = await page.locator('.margin-title').boundingBox(), said = await page.locator('.margin-now').boundingBox();
  assert.equal(await page.locator('.margin-title').textContent(), 'alarms in 2\u00a0h');
  assert.ok(title.y + title.height <= said.y, 'the line at the top leaves room for the title of the margin');
  const message = (await page.locator('.message').textContent()).replaceAll('\u00a0', ' ');
  assert.match(message, /100 %, above its line of 100 %.*Since .* UTC, \d+ s after deploy v7\.1/);
  const group = page.getByRole('group', { name: 'How far back' });
  await group.getByRole('button', { name: '1h' }).click();
  await until(page, () => !document.querySelector('.verdict').textContent.includes('hint'));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a deleted alarm can be called back, and is gone when it is not', async () => {
  await appliance.send('/api/app/rules', { name: 'Short lived', expr: 'host_load1', op: '>', threshold: 1e6, for: '5m' }, { 'Content-Type': 'application/json' });
  const names = async () => (await (await fetch(`${appliance.address}/api/app/rules`)).json()).items.map(({ name }) => name);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/alerts/rules');
  await page.getByRole('button', { name: 'Delete Short lived' }).click();
  await page.getByText('Alarm Short lived is deleted in 10 s.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('tr', { hasText: 'Short lived' }).waitFor();
  assert.ok((await names()).includes('Short lived'));
  await page.getByRole('button', { name: 'Delete Short lived' }).click();
  await deleteNow(page);
  assert.ok(!(await names()).includes('Short lived'));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
