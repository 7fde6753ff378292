import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, open as openFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { promisify } from 'node:util';
import { Appliance, binary } from './support/appliance.mjs';
import { deleteNow, launch, open, visit } from './support/browser.mjs';
import { seed } from './support/seed.mjs';

const run = promisify(execFile);
let appliance, browser, files;

before(async () => {
  appliance = await Appliance.start();
  files = await mkdtemp(join(tmpdir(), 'plimsoll-files-'));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await appliance?.stop();
  if (files) await rm(files, { recursive: true, force: true });
});

const get = async (path) => (await fetch(appliance.address + path)).json();
const countOf = async (query) => Number((await get(`/api/v1/query?${new URLSearchParams({ query })}`)).data.result[0]?.value[1] ?? 0);

test('a backup is made, tested, fetched, restored, deleted and kept by undo', { timeout: 90_000 }, async () => {
  await seed(appliance, 2);
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/backup');
  await page.getByText('There is none yet').waitFor();
  await page.getByRole('button', { name: 'Back up now' }).click();
  const row = page.getByRole('list', { name: 'Backups' }).getByRole('listitem');
  await row.waitFor();
  await row.getByRole('button', { name: /^Test/ }).click();
  await row.getByText('It can be restored.').waitFor();
  assert.match(await row.textContent(), /\d+ (samples|journal frames)/);
  assert.deepEqual(await readdir(join(appliance.data, 'backups')), [`${(await get('/api/app/backups')).items[0].id}.backup`]);
  // A reload loses nothing: the verdict is the appliance's.
  await page.reload();
  await row.getByText('It can be restored.').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: /^Download/ }).click()]);
  const file = join(files, download.suggestedFilename());
  await download.saveAs(file);
  const target = join(files, 'restored');
  await run(binary, ['restore', file, '--data', target]);
  assert.ok((await stat(join(target, 'plimsoll.db'))).size > 0);
  await run(binary, ['doctor', '--data', target]);
  // The command that the page shows is the one for this appliance.
  assert.match(await page.getByRole('region', { name: 'Command to restore' }).textContent(), new RegExp(`^plimsoll restore ${appliance.data}/backups/\\S+\\.backup --data ${appliance.data} --force$`));
  await row.getByRole('button', { name: /^Delete/ }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  await row.getByRole('button', { name: /^Delete/ }).click();
  await deleteNow(page);
  await page.getByText('There is none yet').waitFor();
  assert.deepEqual((await get('/api/app/backups')).items, []);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a damaged backup is told apart, and a refusal is told in words', async () => {
  const { backup_id: id } = await appliance.send('/api/app/backups', {}, { 'Content-Type': 'application/json' });
  while (!(await get('/api/app/backups')).items.length) await new Promise((done) => setTimeout(done, 50));
  const handle = await openFile(join(appliance.data, 'backups', `${id}.backup`), 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.from('damage'), 0, 6, Math.floor(size / 2));
  await handle.close();
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/backup');
  const row = page.getByRole('list', { name: 'Backups' }).getByRole('listitem').first();
  await row.getByRole('button', { name: /^Test/ }).click();
  await row.getByText('It cannot be restored.').waitFor();
  await page.route('**/api/app/backups', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 507, contentType: 'application/json', body: '{"error":{"code":"no_space","message":"The disk is full.","hint":"Free some space."}}' }) : route.continue()));
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('The disk is full.').waitFor();
  await page.unroute('**/api/app/backups');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('list', { name: 'Backups' }).getByRole('listitem').nth(1).waitFor();
  assert.deepEqual(page.wrong.filter((what) => !what.includes('507')), []);
  await page.context().close();
});

test('a running job shows how far it is and is cancelled', async () => {
  const page = await visit(browser, appliance);
  let cancelled = false;
  const job = { id: '1-1', kind: 'backup', started_ms: Date.now(), ended_ms: null, result: null, error: null, done_bytes: 3 << 20, total_bytes: 12 << 20, progress: 0.25 };
  // A backup of this little data is over before anybody could see it: the list of jobs is a slow one's.
  await page.route('**/api/app/jobs', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ items: [{ ...job, state: cancelled ? 'cancelled' : 'running' }], next_cursor: null }) }));
  await page.route('**/api/app/jobs/1-1', (route) => { cancelled = route.request().method() === 'DELETE'; return route.fulfill({ status: 204 }); });
  await open(page, appliance, '/settings/backup');
  const bar = page.getByRole('progressbar', { name: 'Backup' });
  await bar.waitFor();
  assert.equal(await bar.getAttribute('aria-valuenow'), '25');
  await page.getByText('3 MiB of 12 MiB').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await bar.waitFor({ state: 'detached' });
  assert.ok(cancelled);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('offline, what was there stays and says so', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/backup');
  const rows = page.getByRole('list', { name: 'Backups' }).getByRole('listitem');
  await rows.first().waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('Plimsoll does not answer.').first().waitFor();
  assert.ok(await rows.count() > 0);
  await page.context().setOffline(false);
  await page.context().close();
});

const ndjson = (count) => Array.from({ length: count }, (_, i) => JSON.stringify({ metrics: [{ name: 'imported', value: 1, type: 'counter', labels: { n: String(i % 7) } }] })).join('\n');

test('files of all forms go up, once, and say what was refused', async () => {
  await writeFile(join(files, 'own.ndjson.gz'), gzipSync(`${ndjson(500)}\n${JSON.stringify({ metrics: [{ name: '', value: 1 }] })}`));
  await writeFile(join(files, 'text.prom'), '# TYPE imported_bytes gauge\nimported_bytes{disk="a"} 12\n');
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/transfer');
  const chosen = page.getByLabel('File');
  for (const again of [false, true]) {
    await chosen.setInputFiles(join(files, 'own.ndjson.gz'));
    await page.getByText('500 taken, 1 refused').waitFor();
    assert.equal(await page.getByText('were here already').count(), again ? 1 : 0);
    await page.getByText(/name/).first().waitFor();
    await page.getByRole('button', { name: 'Another' }).click();
  }
  assert.equal(await countOf('sum(increase(imported[1h]))'), 500);
  await chosen.setInputFiles(join(files, 'text.prom'));
  await page.getByText('1 taken, 0 refused').waitFor();
  assert.equal(await countOf('imported_bytes'), 12);
  assert.deepEqual(page.wrong.filter((what) => !what.includes('400')), []);
  await page.context().close();
});

test('an export is counted first, and comes back to the bit', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/transfer');
  await page.getByText(/All metrics: \d+ series/).waitFor();
  await page.getByLabel('Metric').fill('nothing_such');
  await page.getByText('Nothing is called “nothing_such”.').waitFor();
  await page.getByLabel('Metric').fill('queue_age_seconds');
  await page.getByText(/About \d+ samples/).waitFor();
  await page.getByLabel('Format').selectOption('json');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  const file = join(files, 'queue.ndjson');
  await download.saveAs(file);
  const lines = (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines[0].plimsoll_export, 1);
  assert.equal(lines.filter(({ series }) => series?.__name__ === 'queue_age_seconds').reduce((sum, { t }) => sum + t.length, 0), lines.at(-1).samples);
  await page.getByLabel('File').setInputFiles(file);
  await page.getByText(/taken, 0 refused/).waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('an import is cancelled: what went up stays, the rest is not sent', async () => {
  const file = join(files, 'long.ndjson');
  await writeFile(file, Array.from({ length: 60_000 }, (_, i) => JSON.stringify({ metrics: [{ name: 'cancelled_import', value: 1, type: 'counter', labels: { part: String(Math.floor(i / 20_000)) } }] })).join('\n'));
  const page = await visit(browser, appliance);
  await open(page, appliance, '/data/transfer');
  let sent = 0, release;
  const held = new Promise((done) => { release = done; });
  await page.route('**/ingest', async (route) => { if (++sent === 2) await held; await route.continue().catch(() => undefined); });
  await page.getByLabel('File').setInputFiles(file);
  await page.getByRole('progressbar', { name: /^Import of long/ }).waitFor();
  while (sent < 2) await page.waitForTimeout(20);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(/^Cancelled\. What went up of long\.ndjson stays/).waitFor();
  release();
  const taken = await countOf('sum(increase(cancelled_import[1h]))');
  assert.ok(taken > 0 && taken < 60_000, `${taken} taken`);
  assert.equal(sent, 2);
  await page.context().close();
});

test('what this appliance is stands under About', async () => {
  const page = await visit(browser, appliance);
  await open(page, appliance, '/settings/about');
  await page.getByText(appliance.data).waitFor();
  await page.getByText('SQLite, in the data directory').waitFor();
  await page.getByText('GPL-3.0-or-later').waitFor();
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
