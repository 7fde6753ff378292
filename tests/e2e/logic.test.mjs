// What the page works out by itself, without a browser: units, PromQL, gaps, the replay of an alarm.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const web = resolve(dirname(fileURLToPath(import.meta.url)), '../../ui/web');
let format, promql, gaps, replay, scale, fuzzy, folder;

before(async () => {
  const { build } = createRequire(join(web, 'package.json'))('esbuild');
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-logic-'));
  const parts = { format: 'lib/format', promql: 'lib/promql', gaps: 'chart/gaps', replay: 'pages/alerts/replay', scale: 'chart/scale', fuzzy: 'lib/fuzzy' };
  await build({ absWorkingDir: web, bundle: true, format: 'esm', outdir: folder, outExtension: { '.js': '.mjs' }, logLevel: 'warning',
    entryPoints: Object.fromEntries(Object.entries(parts).map(([name, path]) => [name, `src/${path}.ts`])) });
  [format, promql, gaps, replay, scale, fuzzy] = await Promise.all(Object.keys(parts).map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)))));
});
after(() => folder && rm(folder, { recursive: true, force: true }));

const plain = (text) => text.replace(/\u00a0/g, ' ');

test('values read in the unit of their metric', () => {
  const shown = (value, name) => plain(format.format(value, format.unitOfMetric(name)));
  assert.equal(shown(0.612, 'http_request_duration_seconds'), '612 ms');
  assert.equal(shown(1.42, 'http_request_duration_seconds'), '1.42 s');
  assert.equal(shown(185, 'job_seconds'), '3.08 min');
  assert.equal(shown(3 * 2 ** 20, 'heap_bytes'), '3 MiB');
  assert.equal(shown(0.0024, 'error_ratio'), '0.24 %');
  assert.equal(shown(1234.5, 'llm_cost_usd_total'), '$1,234.50');
  assert.equal(shown(0.0123, 'llm_cost_usd_total'), '$0.0123');
  assert.equal(shown(12_400, 'signups'), '12.4k');
  assert.equal(shown(3_100_000, 'signups'), '3.1 M');
  assert.equal(shown(-7, 'balance'), '−7');
  assert.equal(shown(NaN, 'balance'), '–');
});

test('what a person types is read back', () => {
  const seconds = { kind: 'seconds' }, ratio = { kind: 'ratio' }, bytes = { kind: 'bytes' }, count = { kind: 'count' };
  assert.equal(format.parseQuantity('500 ms', seconds), 0.5);
  assert.equal(format.parseQuantity('2 min', seconds), 120);
  assert.equal(format.parseQuantity('90 %', ratio), 0.9);
  assert.equal(format.parseQuantity('90', ratio), 0.9);
  assert.equal(format.parseQuantity('1.5 GiB', bytes), 1.5 * 2 ** 30);
  assert.equal(format.parseQuantity('$1,200', { kind: 'usd' }), 1200);
  assert.equal(format.parseQuantity('12.4k', count), 12_400);
  assert.equal(format.parseQuantity('soon', count), null);
  assert.equal(format.parseQuantity('90 %', seconds), null, 'a word of another unit is refused');
});

test('the builder reads back all that it writes', () => {
  const filters = [{ label: 'route', op: '=', value: '/a"b\\c\n' }, { label: 'status', op: '!~', value: '5..' }];
  for (const fn of ['last', 'avg', 'max', 'min', 'rate', 'increase', 'p50', 'p90', 'p95', 'p99', 'average', 'count', 'sum'])
    for (const by of [[], ['route'], ['route', 'method']])
      for (const used of [[], filters]) {
        for (const top of by.length ? [0, 5] : [0]) {
          const phrase = { metric: 'http_request_duration_seconds', fn, filters: used, by, ...(top ? { top } : {}) };
          const expr = promql.build(phrase, '5m');
          assert.deepEqual(promql.recognise(expr), phrase, expr);
        }
      }
  assert.equal(promql.build({ metric: 'my.metric', fn: 'last', filters: [], by: [] }, '5m'), '{__name__="my.metric"}');
  assert.deepEqual(promql.recognise('{__name__="my.metric"}'), { metric: 'my.metric', fn: 'last', filters: [], by: [] });
});

test('a percentile of increases is that of rates', () => {
  assert.deepEqual(promql.recognise('histogram_quantile(0.95, sum(increase(a{b="c"}[5m])))'), { metric: 'a', fn: 'p95', filters: [{ label: 'b', op: '=', value: 'c' }], by: [] });
  assert.equal(promql.recognise('sum(increase(a[5m]))').fn, 'increase');
});

test('what says more than the builder is left alone', () => {
  for (const expr of ['a + b', 'sum(rate(a[5m])) / 2', 'topk(3, a + b)', 'bottomk(3, a)', 'rate(a[5m])', 'sum without (x) (rate(a[5m]))', 'a offset 5m', 'a[5m]', 'histogram_quantile(0.97, sum(rate(a[5m])))', ''])
    assert.equal(promql.recognise(expr), null, expr);
});

test('the unit of an expression follows its shape', () => {
  const unit = promql.unitOfExpr;
  for (const [expr, text] of JSON.parse(readFileSync(new URL('../support/expression-units.json', import.meta.url)))) {
    const { kind, perSecond } = unit(expr);
    assert.equal(`${kind}${perSecond ? '/s' : ''}`, text, expr);
  }
  assert.deepEqual(unit('histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))'), { kind: 'seconds' });
  assert.deepEqual(unit('histogram_count(sum(rate(http_request_duration_seconds[5m])))'), { kind: 'count', perSecond: true });
  assert.deepEqual(unit('histogram_count(sum(rate(a_seconds{status=~"5.."}[5m]))) / histogram_count(sum(rate(a_seconds[5m])))'), { kind: 'ratio' });
  assert.deepEqual(unit('sum(rate(net_bytes_total[1m]))'), { kind: 'bytes', perSecond: true });
  assert.deepEqual(unit('host_disk_used_ratio{mount="/"}'), { kind: 'ratio' });
  assert.deepEqual(unit('sum(increase(llm_cost_usd_total[1d]))'), { kind: 'usd' });
  assert.deepEqual(promql.metricsIn('sum by (job) (rate(a_total{b="c"}[5m])) / on (job) max(d)'), ['a_total', 'd']);
});

test('an interval of over three steps is a gap, a shorter one is not', () => {
  const dense = gaps.breakAtGaps([1, 2, null, null, 3, null, null, null, 4, 5, 6]);
  assert.deepEqual(dense.gaps, [{ from: 4, to: 8 }]);
  assert.deepEqual(dense.values.slice(0, 5), [1, 2, undefined, undefined, 3]);
  assert.equal(dense.values[6], null);
  const sparse = gaps.breakAtGaps([1, null, null, 2, null, null, 3, null, null, null, null, null, null, null, null, null, null, 4]);
  assert.deepEqual(sparse.gaps, [{ from: 6, to: 17 }], 'three steps of a slow series are nine places');
  assert.deepEqual(gaps.breakAtGaps([null, null, null]).gaps, []);
});

test('the replay waits for its time, keeps the peak and ends at gaps', () => {
  const times = Array.from({ length: 12 }, (_, i) => i * 60);
  const frame = { times, series: [{ labels: {}, values: [1, 9, 1, 8, 9, 10, 9, 1, null, 9, 9, 9] }] };
  const episodes = replay.replay(frame, '>', 5, 120_000).map(({ startMs, endMs, peak }) => [startMs / 60_000, endMs / 60_000, peak]);
  assert.deepEqual(episodes, [[11, 12, 9], [5, 7, 10]]);
  assert.equal(replay.replay(frame, '>', 5, 0).length, 3);
  assert.equal(replay.replay(frame, '<', 5, 0).length, 3);
});

test('the axis begins at zero, ends on a round number and holds the line', () => {
  const chart = (values, more = {}) => ({ times: [], curves: [{ name: '', color: '', values }], unit: { kind: 'count' }, fromMs: 0, toMs: 1, stepS: 1, shape: 'line', ...more });
  assert.deepEqual(scale.yScale(chart([140, 180])).ticks, [0, 100, 200]);
  const lined = scale.yScale(chart([0.2, 0.4], { unit: { kind: 'seconds' }, line: { value: 0.5, op: '>', over: false } }));
  assert.ok(lined.low === 0 && lined.high > 0.5);
  assert.equal(scale.yScale(chart([0.62], { unit: { kind: 'ratio' }, cap: 1 })).high, 1);
  assert.ok(scale.yScale(chart([21, 23], { unit: { kind: 'celsius' } })).low > 15, 'no zero for a temperature');
  assert.ok(scale.yScale(chart([-5, 5])).low <= -5);
  assert.ok(scale.yScale(chart([])).high > 0);
});

test('names are found by pieces, and mistyped ones are guessed', () => {
  const names = ['http_requests_total', 'checkout_total', 'checkout_ms', 'queue_age_seconds'];
  assert.equal(fuzzy.fuzzy('qas', names, (name) => name)[0], 'queue_age_seconds');
  assert.equal(fuzzy.fuzzy('checkout', names, (name) => name).length, 2);
  assert.deepEqual(fuzzy.fuzzy('zzz', names, (name) => name), []);
  assert.deepEqual(fuzzy.nearest('chekout', names).sort(), ['checkout_ms', 'checkout_total']);
});

test('lengths of time read as people say them', () => {
  const lasting = (ms) => plain(format.lasting(ms));
  assert.deepEqual([lasting(8_000), lasting(38 * 60_000), lasting(154 * 60_000), lasting(41 * 864e5)], ['8 s', '38 min', '2 h 34 min', '41 d']);
  assert.equal(format.durationMs('1h30m'), 5_400_000);
  assert.equal(format.promDuration(300_000), '5m');
});
