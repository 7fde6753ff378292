import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pushMetrics, pushTimeseries } from 'prometheus-remote-write';
import { query, samples, start, value } from './support/plimsoll.mjs';

let appliance;
before(async () => { appliance = await start(); });
after(async () => { await appliance?.stop(); });

const url = () => `${appliance.address}/api/v1/write`;

test('prometheus-remote-write: samples come back exactly', async () => {
  const now = Date.now();
  const values = [0.1, 1e-300, -2.5, 9007199254740993];
  const answer = await pushTimeseries({
    labels: { __name__: 'npm_points', job: 'npm', 'über': 'ja' },
    samples: values.map((number, i) => ({ value: number, timestamp: now - 1000 * (values.length - i) })),
  }, { url: url(), fetch });
  assert.equal(answer.status, 204, answer.errorMessage);
  const [series] = await samples(appliance, 'npm_points');
  assert.deepEqual(series.metric, { __name__: 'npm_points', job: 'npm', 'über': 'ja' });
  assert.deepEqual(series.values.map(([, text]) => Number(text)), values);
  assert.deepEqual(series.values.map(([seconds]) => Math.round(seconds * 1000)), values.map((_, i) => now - 1000 * (values.length - i)));
});

test('prometheus-remote-write: metrics without a time are of now', async () => {
  const answer = await pushMetrics({ npm_queue: 5, npm_tasks: 7 }, { url: url(), fetch, labels: { service: 'queue' } });
  assert.equal(answer.status, 204, answer.errorMessage);
  assert.equal(await value(appliance, 'npm_queue{service="queue"}'), 5);
  assert.equal(await value(appliance, 'npm_tasks'), 7);
});

test('prometheus-remote-write: what is refused is told, the rest is kept', async () => {
  const now = Date.now();
  const answer = await pushTimeseries([
    { labels: { __name__: 'npm_good' }, samples: [{ value: 1, timestamp: now }] },
    { labels: { __name__: 'npm_late' }, samples: [{ value: 1, timestamp: now - 20 * 365 * 86_400_000 }] },
  ], { url: url(), fetch });
  assert.equal(answer.status, 400);
  assert.match(answer.errorMessage, /too old|older/i);
  assert.equal(await value(appliance, 'npm_good'), 1);
  assert.deepEqual(await query(appliance, 'npm_late'), []);
});
