// How the page reads and writes times, in any zone, without a browser.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const web = resolve(dirname(fileURLToPath(import.meta.url)), '../../../ui/web');
let time, folder;

before(async () => {
  const { build } = createRequire(join(web, 'package.json'))('esbuild');
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-time-'));
  const all = ['lib/zone', 'lib/when', 'lib/format', 'lib/sorting', 'lib/csv', 'lib/range', 'lib/compare', 'pages/endpoints/model', 'pages/endpoints/address'];
  await writeFile(join(folder, 'all.ts'), all.map((path) => `export * from ${JSON.stringify(join(web, 'src', path))};`).join('\n'));
  globalThis.window = { location: { href: 'http://127.0.0.1/endpoints', origin: 'http://127.0.0.1' }, addEventListener() {}, setInterval() {}, setTimeout };
  globalThis.document = { addEventListener() {}, documentElement: { dataset: {} } };
  await build({ absWorkingDir: web, bundle: true, format: 'esm', outfile: join(folder, 'all.mjs'), nodePaths: [join(web, 'node_modules')], logLevel: 'error', entryPoints: [join(folder, 'all.ts')] });
  time = await import(pathToFileURL(join(folder, 'all.mjs')));
});
after(() => folder && rm(folder, { recursive: true, force: true }));

const inZone = (name, run) => { time.zone.value = name; try { run(); } finally { time.zone.value = 'browser'; } };
const at = (iso) => Date.parse(iso);

test('a named zone is kept to, on both sides of its changes of clock', () => {
  inZone('Europe/Berlin', () => {
    assert.equal(time.clock(at('2026-03-29T00:59:00Z')), '01:59');
    assert.equal(time.clock(at('2026-03-29T01:00:00Z')), '03:00');
    assert.equal(time.clock(at('2026-10-25T00:30:00Z')), '02:30');
    assert.equal(time.clock(at('2026-10-25T01:30:00Z')), '02:30');
    assert.equal(time.fullTime(at('2026-11-20T13:00:05Z')), 'Fri 20 Nov 2026 14:00:05');
    assert.equal(time.utc(at('2026-11-20T13:00:05Z')), '2026-11-20 13:00:05 UTC');
  });
  inZone('Asia/Kolkata', () => assert.equal(time.clock(at('2026-11-20T20:00:00Z')), '01:30'));
  inZone('Asia/Kolkata', () => assert.equal(time.utcClock(at('2026-11-20T20:00:00Z')), ' · 20:00 UTC'));
  inZone('UTC', () => assert.equal(time.utcClock(at('2026-11-20T20:00:00Z')), '', 'said once'));
  inZone('America/St_Johns', () => assert.equal(time.plainTime(at('2026-01-01T02:00:00Z')), '2025-12-31 22:30'));
  inZone('UTC', () => assert.equal(time.dayName(at('2026-11-20T23:59:59Z')), 'Fri 20 Nov'));
});

test('days begin and end with the clocks of the zone, 23 and 25 h long where these change', () => {
  inZone('Europe/Berlin', () => {
    const noon = at('2026-03-29T10:00:00Z'), hour = 36e5;
    assert.equal(time.startOfDay(noon), at('2026-03-28T23:00:00Z'));
    assert.equal(time.startOfDay(noon, 1) - time.startOfDay(noon), 23 * hour);
    assert.equal(time.startOfDay(at('2026-10-25T10:00:00Z'), 1) - time.startOfDay(at('2026-10-25T10:00:00Z')), 25 * hour);
    assert.equal(time.startOfWeek(at('2026-11-22T12:00:00Z')), at('2026-11-15T23:00:00Z'), 'Sunday ends the week that began on Monday');
    assert.equal(time.startOfMonth(noon), at('2026-02-28T23:00:00Z'));
    assert.equal(time.startOfMonth(noon, 1), at('2026-03-31T22:00:00Z'));
    assert.equal(time.sameTime(at('2026-03-30T08:00:00Z'), -7), at('2026-03-23T09:00:00Z'), 'ten o’clock stays ten o’clock');
    assert.equal(time.momentOf(2026, 3, 29, 2, 30), at('2026-03-29T01:30:00Z'), 'a time that is skipped');
    assert.equal(time.momentOf(2026, 10, 25, 2, 30), at('2026-10-25T00:30:00Z'), 'of a time that comes twice, the first');
  });
  inZone('America/Sao_Paulo', () => assert.equal(time.startOfDay(at('2018-11-04T12:00:00Z')), at('2018-11-04T03:00:00Z'), 'a day that begins at one o’clock'));
});

test('what a person types as a time is read', () => {
  const now = at('2026-11-22T12:00:00Z');
  inZone('Europe/Berlin', () => {
    const read = (text, isEnd) => { const when = time.readWhen(text, now, isEnd); return when && new Date(when.ms).toISOString().replace('.000', ''); };
    assert.equal(read('now'), '2026-11-22T12:00:00Z');
    assert.equal(read('now-3h'), '2026-11-22T09:00:00Z');
    assert.equal(read(' NOW - 1d - 30 min '), '2026-11-21T11:30:00Z');
    assert.equal(read('-90m'), '2026-11-22T10:30:00Z');
    assert.equal(read('2026-11-20 14:00'), '2026-11-20T13:00:00Z');
    assert.equal(read('2026-11-20T14:00:05'), '2026-11-20T13:00:05Z');
    assert.equal(read('2026-11-20T14:00:05Z'), '2026-11-20T14:00:05Z');
    assert.equal(read('2026-11-20T14:00:05+05:30'), '2026-11-20T08:30:05Z');
    assert.equal(read('2026-11-20'), '2026-11-19T23:00:00Z');
    assert.equal(read('2026-11-20', true), '2026-11-20T23:00:00Z', 'a day as the end is a whole one');
    assert.equal(read('2026-10', true), '2026-10-31T23:00:00Z');
    assert.equal(read('20 Nov'), '2026-11-19T23:00:00Z');
    assert.equal(read('20 November 2025, 8:15'), '2025-11-20T07:15:00Z');
    assert.equal(read('14:00'), '2026-11-22T13:00:00Z');
    assert.equal(read('yesterday 9:30'), '2026-11-21T08:30:00Z');
    assert.equal(read('yesterday'), '2026-11-20T23:00:00Z');
    assert.equal(read('yesterday', true), '2026-11-21T23:00:00Z');
    assert.equal(read('this week'), '2026-11-15T23:00:00Z');
    assert.equal(read('last month'), '2026-09-30T22:00:00Z');
    assert.equal(read('last month', true), '2026-10-31T23:00:00Z');
    assert.equal(read('1795305600000'), new Date(1795305600000).toISOString().replace('.000', ''));
    assert.equal(read('1795305600'), new Date(1795305600000).toISOString().replace('.000', ''));
    for (const wrong of ['', 'soon', 'now-', 'now-3', 'now-3x', '2026-13-01', '2026-02-30', '2026-11-20 25:00', '25:00', '14:60', '31 Feb', '20 Foo', '<b>now</b>'])
      assert.equal(read(wrong), null, wrong);
  });
});

test('what is wrong with a range stands at its end', () => {
  const now = at('2026-11-22T12:00:00Z');
  inZone('UTC', () => {
    const wrong = (from, to) => time.readRange(from, to, now).wrong;
    assert.deepEqual(time.readRange('now-3h', 'now', now).range, { fromMs: now - 3 * 36e5, toMs: now, sliding: true });
    assert.deepEqual(time.readRange('today', 'today', now).range, { fromMs: at('2026-11-22'), toMs: now, sliding: true });
    assert.deepEqual(time.readRange('yesterday', 'yesterday', now).range, { fromMs: at('2026-11-21'), toMs: at('2026-11-22'), sliding: false });
    assert.match(wrong('soon', 'now').from, /“soon” is no time\. Try now-3h/);
    assert.match(wrong('', 'now').from, /Write when it begins/);
    assert.match(wrong('now-1h', 'then').to, /“then” is no time/);
    assert.match(wrong('14:00', '13:00').from, /not here yet/);
    assert.match(wrong('10:00', '9:00').to, /before the beginning/);
    assert.match(wrong('now-2s', 'now').to, /at least 5 s/);
    assert.match(wrong('1995-01-01', 'now').from, /at most 20 years/);
  });
});

test('a range is said with dates where it spans days', () => {
  const now = at('2026-11-22T12:00:00Z');
  inZone('UTC', () => {
    const said = (from, to) => time.spanText(at(from), at(to), now);
    assert.equal(said('2026-11-22T09:00Z', '2026-11-22T11:00Z'), '09:00 – 11:00');
    assert.equal(said('2026-11-22T09:00Z', '2026-11-22T09:05Z'), '09:00:00 – 09:05:00');
    assert.equal(said('2026-11-20T09:00Z', '2026-11-20T11:00Z'), '20 Nov 09:00 – 11:00');
    assert.equal(said('2026-11-20T09:00Z', '2026-11-21T11:00Z'), '20 Nov 09:00 – 21 Nov 11:00');
    assert.equal(said('2026-11-20T00:00Z', '2026-11-21T00:00Z'), '20 Nov');
    assert.equal(said('2026-11-01T00:00Z', '2026-11-21T00:00Z'), '1 Nov – 20 Nov');
    assert.equal(said('2025-11-01T00:00Z', '2025-11-21T00:00Z'), '1 Nov 2025 – 20 Nov 2025');
  });
});

test('a comparison shifts by days of the calendar, and says the difference', () => {
  inZone('Europe/Berlin', () => {
    const range = { fromMs: at('2026-03-29T08:00:00Z'), toMs: at('2026-03-30T08:00:00Z'), sliding: true };
    assert.equal(time.shiftOf('week', range), 167 * 36e5, 'the week in which the clocks went forward has 167 h');
    assert.equal(time.shiftOf('period', range), 24 * 36e5);
  });
  assert.equal(time.changeText(111, 100, 'last week'), '+11 % on last week');
  assert.equal(time.changeText(50, 100, 'yesterday'), '−50 % on yesterday');
  assert.equal(time.changeText(100.2, 100, 'yesterday'), 'as yesterday');
  assert.equal(time.changeText(2000, 100, 'yesterday'), '20 times yesterday');
  assert.equal(time.changeText(5, 0, 'yesterday'), '');
  assert.equal(time.changeAt([1, 2, null], { name: 'yesterday', values: [1, 1, 1] }), '+100 % on yesterday', 'at the last place that both know');
  assert.equal(time.changeAt([4, 2], { name: 'yesterday', values: [1, 1] }, 0), '+300 % on yesterday');
});

test('tables sort by size or letter, and what is not known stays last', () => {
  const rows = [{ v: 2 }, { v: null }, { v: 10 }, { v: NaN }, { v: 1 }];
  assert.deepEqual(time.sorted(rows, ({ v }) => v, false).map(({ v }) => v), [10, 2, 1, null, NaN]);
  assert.deepEqual(time.sorted(rows, ({ v }) => v, true).map(({ v }) => v), [1, 2, 10, null, NaN]);
  assert.deepEqual(time.sorted(['/a10', '/a9', '/A1'], (text) => text, true), ['/A1', '/a9', '/a10']);
  const usual = { by: 'share', up: false };
  assert.deepEqual(time.readSorting('p95.up', usual, ['share', 'p95']), { by: 'p95', up: true });
  for (const wrong of [null, '', 'p95', 'p95.sideways', 'other.up']) assert.deepEqual(time.readSorting(wrong, usual, ['share', 'p95']), usual);
});

test('a route keeps its way through an address', () => {
  for (const route of ['/api/chat', '/', '', 'chat', 'a/b', '/a//b', '/a/', '/../etc', '/./x', '/~', '/~-', '~-', '/users/{id}', '/ä ö?x=1#y', '/%2F', '/a%b', '//', '/~~/..', 'C:\\temp', '/a\\~5c/~=', '/~=x', '/tab\there', '/~=\\']) {
    const path = time.routePath(route);
    assert.ok(!/%(2f|5c|0\d|1\d|7f)/i.test(path) && !path.includes('\\') && !/(^|\/)\.{1,2}(\/|$)/.test(path) && !/\/$/.test(path) && path !== '', `${route} → ${path}`);
    assert.deepEqual(time.endpointAt(`/endpoints/GET/${path}`), { method: 'GET', route }, path);
  }
  assert.equal(time.routePath('/api/threads/{id}'), 'api/threads/%7Bid%7D');
  assert.equal(time.endpointAt('/endpoints'), null);
  assert.equal(time.endpointAt('/endpoints/GET'), null);
});

test('an alarm is about a route when its expression names it and no other method', () => {
  const about = (expr) => time.isAbout(expr, { method: 'POST', route: '/api/chat' });
  assert.ok(about('histogram_quantile(0.95, sum(rate(http_request_duration_seconds{route="/api/chat"}[5m])))'));
  assert.ok(about('sum(rate(x{method="POST", route = "/api/chat"}[5m]))'));
  assert.ok(!about('sum(rate(x{method="GET", route="/api/chat"}[5m]))'));
  assert.ok(!about('sum(rate(x{route="/api/chat/more"}[5m]))'));
});

test('CSV keeps what it is given and runs nothing', () => {
  assert.equal(time.csvOf([['Route', 'p95'], ['GET /a,"b"', 1.5], ['=cmd()', null]]), 'Route,p95\r\n"GET /a,""b""",1.5\r\n\'=cmd(),\r\n');
  assert.equal(time.csvOf([['-1+cmd', '@SUM(A1)', '+49', '-5.2', '\t=1']]), "'-1+cmd,'@SUM(A1),+49,-5.2,'\t=1\r\n", 'numbers stay numbers');
});
