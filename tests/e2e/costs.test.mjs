// Prices and the page of costs: every figure against sums of our own, in whole 10^-9 dollars.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { deleteNow, launch, open, until, visit } from './support/browser.mjs';

let appliance, browser;
before(async () => { appliance = await Appliance.start(['--alert-interval', '500ms']); browser = await launch(); });
after(async () => { await browser?.close(); await appliance?.stop(); });

const minute = 60_000, hour = 60 * minute;
const api = async (path, method = 'GET', body) => {
  const response = await fetch(appliance.address + path, { method, ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}) });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : null };
};

/** Prices for a million tokens in 10^-9 dollars. */
const gpt4o = { input: 2_500_000_000n, output: 10_000_000_000n, read: 1_250_000_000n, write: 2_500_000_000n };
const next = { input: 3_000_000_001n, output: 15_000_000_000n, read: 300_000_000n, write: 3_750_000_000n };

/** A call costs whole 10^-15 dollars, rounded half up to 10^-9. */
const costOf = (call, price) => (BigInt(call.input_tokens) * price.input + BigInt(call.output_tokens) * price.output + BigInt(call.cache_read_tokens) * price.read + BigInt(call.cache_write_tokens) * price.write + 500_000n) / 1_000_000n;
const sum = (calls, price) => calls.reduce((all, call) => all + costOf(call, price), 0n);
const shown = (nano) => {
  const size = nano < 0n ? -nano : nano, rest = String(size % 1_000_000_000n).padStart(9, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${nano < 0n ? '−' : ''}$${String(size / 1_000_000_000n).replace(/\B(?=(\d{3})+$)/g, ',')}.${rest}`;
};

const today = new Date().setHours(0, 0, 0, 0);
/** Moments of the last hours that lie in today, so that the month of the page has them all. */
const moment = (i) => Math.max(today + i, Date.now() - 6 * hour + i * 1_000);
const plans = ['free', 'pro', 'team'];
const call = (model, provider, i) => ({ provider, model, input_tokens: 1000 + 7 * i, output_tokens: 100 + 3 * i, cache_read_tokens: (i % 3) * 11, cache_write_tokens: (i % 5) * 13, labels: { endpoint: i % 2 ? '/chat' : '/sum', plan: plans[i % 3] }, ts: moment(i) });
const known = Array.from({ length: 300 }, (_, i) => call('gpt-4o', 'openai', i)), unknown = Array.from({ length: 1204 }, (_, i) => call('claude-next', 'anthropic', i));

const plain = (text) => text.replace('−', '-').replace(/[$,]/g, '');
const nano = (text) => { const [whole, places] = plain(text).replace('-', '').split('.'); return (text.startsWith('−') ? -1n : 1n) * BigInt(whole + places.padEnd(9, '0')); };

/** Without the zeros that fill up a column. */
const bare = (text) => text.replace(/(\.\d\d\d*?)0+$/, '$1');
const card = (page, name) => page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) });
const figuresOf = (page) => page.locator('.uses tfoot td').allTextContents();

test('with no call there is one sentence and what to paste', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  await page.getByRole('heading', { name: 'No LLM calls yet.' }).waitFor();
  await page.getByRole('button', { name: 'HTTP' }).click();
  assert.match(await page.locator('.snippet pre').textContent(), new RegExp(`${appliance.address}/ingest`));
  await page.getByRole('link', { name: 'Settings, Prices' }).click();
  await page.getByRole('button', { name: 'Own', exact: true }).click();
  await page.getByText('No prices of your own yet.').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('source'), 'own');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('calls without a price are named, get one on the page, and are costed to the digit', async () => {
  await appliance.send('/ingest', { llm: [...known, ...unknown] });
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  const costed = sum(known, gpt4o);
  const row = page.locator('.unpriced li');
  await row.getByText('has no price. 1,204 calls are counted, not costed.').waitFor();
  assert.equal(bare((await figuresOf(page))[6]), shown(costed));
  await row.getByRole('button', { name: 'Add price' }).click();
  const form = page.getByRole('form', { name: 'Add price' });
  await form.getByLabel('$ per million tokens in').fill('three');
  await form.getByRole('button', { name: 'Add price' }).click();
  await form.getByText('Dollars for a million tokens').waitFor();
  await form.locator(':focus').and(form.getByLabel('$ per million tokens in')).waitFor(); // the field that is wrong has the focus
  await form.getByLabel('$ per million tokens in').fill('3.000000001');
  await form.getByLabel('$ per million out').fill('$15');
  await form.getByText('More: cached tokens').click();
  await form.getByLabel('$ per million read from the cache').fill('0.3');
  await form.getByLabel('$ per million written to it').fill('3.75');
  assert.equal(await form.getByLabel(/Also for the 1,204 calls/).isChecked(), true);
  await form.getByRole('button', { name: 'Add price' }).click();
  const all = costed + sum(unknown, next);
  await page.locator('.unpriced').getByText(`1,204 calls costed: ${shown(sum(unknown, next))}.`).waitFor();
  await page.getByText('has no price').waitFor({ state: 'detached' });
  await until(page, (text) => document.querySelectorAll('.uses tfoot td')[6]?.textContent.replace(/(\.\d\d\d*?)0+$/, '$1') === text, shown(all));
  const jobs = (await api('/api/app/jobs')).json.items.filter(({ kind }) => kind === 'costing');
  assert.equal(jobs.length, 1);
  assert.equal(shown(BigInt(Math.round(Number(jobs[0].result.cost_usd) * 1e9))), shown(sum(unknown, next)));
  assert.equal(jobs[0].result.calls, 1204);

  // Lines of the table: each against its own calls, and together the sum.
  const lines = await page.locator('.uses tbody tr').evaluateAll((rows) => rows.map((line) => [...line.cells].map((cell) => cell.textContent)));
  assert.equal(lines.length, 4);
  for (const [model, price, calls] of [['gpt-4o', gpt4o, known], ['claude-next', next, unknown]])
    for (const endpoint of ['/chat', '/sum']) {
      const mine = calls.filter(({ labels }) => labels.endpoint === endpoint), line = lines.find((cells) => cells[0].startsWith(model) && cells[1] === endpoint);
      assert.equal(bare(line[6]), shown(sum(mine, price)), `${model} ${endpoint}`);
      assert.equal(line[2], mine.length.toLocaleString('en-US'));
      assert.equal(line[5], mine.reduce((count, each) => count + each.cache_read_tokens + each.cache_write_tokens, 0).toLocaleString('en-US'));
    }
  for (const column of [6, 7]) assert.equal(new Set(lines.map((cells) => cells[column].split('.')[1].length)).size, 1, 'points stand below each other');
  assert.equal(bare(await page.locator('.split-list .sum .num').textContent()), shown(all), 'the bars add up to the same');
  assert.match(await page.locator('.sentence h2').textContent(), /^\$\d+\.\d\d today/);

  // The overview says the same, and leads here.
  const said = /^\$[\d.,]+/.exec(await page.locator('.sentence h2').textContent())[0];
  await open(page, appliance, '/');
  await page.locator('.cost-card .figure').getByText(said, { exact: true }).waitFor();
  await page.locator('.cost-card').getByRole('link', { name: 'Costs' }).click();
  await page.locator('.uses tbody tr').first().waitFor();

  // Costing once more finds nothing.
  const price = (await api('/api/app/prices?source=own')).json.items[0];
  const again = (await api(`/api/app/prices/${price.id}/cost`, 'POST', {})).json;
  let state = again;
  while (state.state === 'running') state = (await api(`/api/app/jobs/${again.id}`)).json;
  assert.equal(state.result.instants, 0);
  assert.equal(shown(BigInt(Math.round((await api(`/metrics/costs?from=${today}`)).json.total * 1e9))), shown(all));
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('splits, order and month are in the address, stay after a reload, and the table can be taken along', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  await card(page, 'Spend by day').getByLabel('Split by', { exact: true }).selectOption('plan');
  await page.locator('.split-list').getByText('team').waitFor();
  await page.locator('.uses').getByRole('button', { name: 'Calls' }).click();
  await page.locator('.uses').getByRole('button', { name: 'Calls' }).click();
  await page.locator('.uses').getByLabel('Used for', { exact: true }).selectOption('plan');
  await page.locator('.uses tbody tr').nth(5).waitFor();
  const address = new URL(page.url());
  assert.deepEqual(['split', 'sort', 'feature'].map((name) => address.searchParams.get(name)), ['plan', 'calls.up', 'plan']);
  await page.reload();
  await page.locator('.uses tbody tr').nth(5).waitFor();
  const counts = await page.locator('.uses tbody tr td:nth-child(3)').allTextContents();
  assert.deepEqual(counts, ['100', '100', '100', '401', '401', '402']);
  assert.equal(await page.locator('.uses th[aria-sort=ascending]').textContent(), 'Calls↑');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV', exact: true }).click()]);
  const [head, ...csvLines] = (await readFile(await file.path(), 'utf8')).trim().split(/\r?\n/), csv = csvLines.map((line) => line.split(',').pop());
  assert.equal(head, 'provider,model,plan,calls,calls_without_price,input_tokens,output_tokens,cached_tokens,cost_usd');
  assert.equal(shown(csv.reduce((all, text) => { const [whole, places] = text.split('.'); return all + BigInt(whole + places.padEnd(9, '0')); }, 0n)), shown(sum(known, gpt4o) + sum(unknown, next)));

  const chart = page.getByRole('img', { name: /^Spend by day/ });
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText(new RegExp(`${new Date().getDate()} \\w+: \\$`)).first().waitFor();
  await page.getByText('Show as table').click();
  assert.equal(bare(await page.locator('.as-table tbody tr td').last().textContent()), shown(sum(known, gpt4o) + sum(unknown, next)));
  await page.getByRole('button', { name: 'The month before' }).click();
  await page.getByText(/^No calls in/).waitFor();
  assert.match(new URL(page.url()).searchParams.get('month'), /^\d{4}-\d\d$/);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a budget is an alarm: set, fired, found again, opened to be changed', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  await page.getByRole('button', { name: 'Set budget' }).click();
  const form = page.getByRole('form', { name: 'Set budget' });
  await form.getByRole('button', { name: 'Save budget' }).click();
  await form.getByText('Give an amount in dollars').waitFor();
  await form.getByLabel('Budget in dollars').fill('$1.50');
  await form.getByRole('button', { name: 'Save budget' }).click();
  await page.getByRole('heading', { name: /in 24 hours, above the line of \$1\.50\.$/ }).waitFor();
  const rule = (await api('/api/app/rules')).json.items.find(({ name }) => name === 'LLM budget of the day');
  assert.deepEqual([rule.expr, rule.op, rule.threshold, rule.severity, rule.for], ['sum(increase(llm_cost_usd_total[24h]))', '>', 1.5, 'warning', '0s']);
  assert.equal(await page.locator('.day-bars .load-line text').textContent(), '$1.50');
  await page.reload();
  await page.getByRole('link', { name: 'Edit budget' }).click();
  await page.getByRole('heading', { name: 'LLM budget of the day' }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/alerts/rules/${rule.id}`);
  await api(`/api/app/rules/${rule.id}`, 'PATCH', { threshold: 1000 });
  await open(page, appliance, '/costs');
  await page.getByRole('heading', { name: /today.*\. The line is at \$1,000\.$/ }).waitFor();
  await page.getByRole('button', { name: /set a monthly budget/ }).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('margin by plan: who loses comes first, exact to the cent', async () => {
  await appliance.send('/ingest', { metrics: [['pro', 49], ['team', 199.99], ['free', 0.01]].map(([plan, value]) => ({ name: 'revenue', type: 'event', value, labels: { plan }, ts: moment(5) })) });
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  const rows = page.locator('.margin-card tbody tr');
  await rows.nth(2).waitFor();
  const of = (plan) => sum(known.filter(({ labels }) => labels.plan === plan), gpt4o) + sum(unknown.filter(({ labels }) => labels.plan === plan), next);
  const expected = [['free', 10_000_000n], ['pro', 49_000_000_000n], ['team', 199_990_000_000n]].map(([plan, revenue]) => [plan, shown(revenue), shown(of(plan)), shown(revenue - of(plan))]);
  const read = await rows.evaluateAll((lines) => lines.map((line) => [...line.cells].map((cell, i) => (i ? cell.textContent : cell.firstChild.textContent))));
  assert.deepEqual(read.map((cells) => cells.map(bare)), expected);
  assert.equal(await rows.first().locator('.tag').textContent(), 'loses');
  assert.deepEqual((await page.locator('.margin-card tfoot td').allTextContents()).map(bare), ['All', ...[1, 2, 3].map((at) => shown(expected.reduce((all, line) => all + nano(line[at]), 0n)))]);
  await page.locator('.margin-card').getByRole('button', { name: 'Revenue' }).click();
  await until(page, () => document.querySelector('.margin-card tbody td')?.textContent.startsWith('team'));
  assert.equal(new URL(page.url()).searchParams.get('margin'), 'revenue.down');
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.margin-card').getByRole('button', { name: 'CSV' }).click()]);
  assert.equal((await readFile(await file.path(), 'utf8')).split('\r\n')[3], `free,0.01,${plain(expected[0][2])},${plain(expected[0][3])}`);
  assert.equal(await page.getByLabel('By', { exact: true }).inputValue(), 'plan');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('own prices are added, refused in words, changed, deleted and brought back', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/prices?source=own');
  const row = (model) => page.getByRole('row', { name: new RegExp(model.replace('*', '\\*')) });
  await row('claude-next').waitFor();
  await page.getByRole('button', { name: 'Add price' }).click();
  const form = page.getByRole('form', { name: 'Add price' });
  const fill = async (model, input) => {
    await form.getByLabel('Provider').fill('Anthropic');
    await form.getByLabel('Model').fill(model);
    await form.getByLabel('Valid from').fill(new Date(Math.min(...unknown.map(({ ts }) => ts))).toISOString().slice(0, 10));
    await form.getByLabel('$ per million tokens in').fill(input);
    await form.getByLabel('$ per million out').fill('2');
    await form.getByRole('button', { name: 'Add price' }).click();
  };
  await fill('claude-next', '9');
  await form.getByText('There is a price of your own for anthropic claude-next from that day on. Edit that one.').waitFor();
  await fill('claude-later*', '1.25');
  await row('claude-later*').getByText('$1.25').first().waitFor();
  assert.equal(await form.count(), 0);
  await row('claude-later*').getByRole('button', { name: /^Edit/ }).click();
  const edit = page.getByRole('form', { name: 'Edit price' });
  await edit.getByLabel('$ per million tokens in').fill('1.2500005');
  await edit.getByRole('button', { name: 'Save price' }).click();
  await row('claude-later*').getByText('$1.2500005').first().waitFor();
  await row('claude-later*').getByRole('button', { name: /^Delete/ }).click();
  await row('claude-later*').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await row('claude-later*').waitFor();
  assert.equal((await api('/api/app/prices?source=own&search=claude-later')).json.items.length, 1);
  await row('claude-later*').getByRole('button', { name: /^Delete/ }).click();
  await deleteNow(page);
  await until(page, async () => (await (await fetch('/api/app/prices?source=own&search=claude-later')).json()).items.length === 0);
  await page.getByRole('button', { name: 'All', exact: true }).click();
  await page.getByLabel('Filter by provider or model').fill('openai gpt-4o-mini');
  await page.locator('.prices .table-foot').getByText('1 row', { exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Edit/ }).count(), 0, 'a shipped one is not changed');
  await page.getByText('2024-07-18').waitFor();
  await page.reload();
  await page.locator('.prices .table-foot').getByText('1 row', { exact: true }).waitFor();
  assert.deepEqual(page.wrong.filter((what) => !what.includes('409')), []);
  await page.context().close();
});

test('calls from before a price was known are costed on a click, which is off while that runs', async () => {
  const price = { input: 1_000_000_000n, output: 2_000_000_000n, read: 1_000_000_000n, write: 1_000_000_000n };
  const calls = Array.from({ length: 12 }, (_, i) => call('llama-house', 'house', i));
  await appliance.send('/ingest', { llm: calls });
  const first = new Date(Math.min(...calls.map(({ ts }) => ts))).toISOString().slice(0, 10);
  const { status, json } = await api('/api/app/prices', 'POST', { provider: 'house', model: 'llama-house', valid_from: first, input: '1', output: '2' });
  assert.deepEqual([status, json.job], [201, null]);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  const model = page.locator('.unpriced li', { hasText: 'from before it was known' }), button = model.getByRole('button', { name: 'Cost them' });
  await model.getByText('12 calls from before it was known are counted, not costed.').waitFor();
  assert.equal(await button.isEnabled(), true);

  // A job that takes its time, and fails: both are said by hand, the appliance hears of it later.
  const job = { id: 'slow', state: 'running', progress: 0.4, result: null, error: null };
  let asked = 0;
  await page.route('**/api/app/prices/*/cost*', (route) => { asked++; return route.fulfill({ status: 202, json: job }); });
  await page.route('**/api/app/jobs/slow*', (route) => route.fulfill({ json: job }));
  await button.click();
  await page.locator('.unpriced').getByText('40 %').waitFor();
  assert.equal(await button.isDisabled(), true, 'nobody starts a second one');
  await button.click({ force: true });
  assert.equal(asked, 1);
  Object.assign(job, { state: 'failed', error: { message: 'The disk is full.', hint: 'Make room.' } });
  await page.locator('.unpriced').getByText('The disk is full. Make room.').waitFor();
  await until(page, () => [...document.querySelectorAll('.unpriced button')].some(({ textContent, disabled }) => textContent === 'Cost them' && !disabled));

  await page.unroute('**/api/app/prices/*/cost*');
  await button.click();
  await page.locator('.unpriced').getByText(`12 calls costed: ${shown(sum(calls, price))}.`).waitFor();
  await button.waitFor({ state: 'detached' });
  assert.equal(await page.getByText('The disk is full.').count(), 0, 'what failed before is not said any more');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('while nothing answers the figures stay, it is said, and they come back by themselves', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/costs');
  await page.locator('.uses tbody tr').first().waitFor();
  const before = await figuresOf(page);
  const { host } = appliance;
  await appliance.halt();
  await page.getByText('Reconnecting').first().waitFor();
  assert.deepEqual(await figuresOf(page), before);
  await appliance.run(host);
  await page.getByRole('button', { name: 'Live: live' }).waitFor();
  await page.locator('.trouble').waitFor({ state: 'detached' });
  assert.deepEqual(await figuresOf(page), before, 'nothing was lost with the stop');
  const others = page.wrong.filter((what) => !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource/.test(what));
  assert.deepEqual(others, []);
  await page.context().close();
});

test('a phone shows all of it without going sideways', async () => {
  const page = await visit(browser, appliance, { width: 390, height: 844 });
  for (const path of ['/costs', '/settings/prices']) {
    await open(page, appliance, path);
    await page.locator('.uses .row-cards li, .prices .row-cards li').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, path);
    if (path === '/costs') assert.match(await page.locator('.uses .sums').innerText(), /^All\s+\$[\d.]+\s+\$[\d.]+ per call\s+Calls [\d,]+\s+Tokens in [\d,]+/);
  }
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
