// prom-client with its Pushgateway.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import client from 'prom-client';
import { query, start, until, value } from './support/plimsoll.mjs';

let appliance;
before(async () => { appliance = await start(); });
after(async () => { await appliance?.stop(); });

const gateway = (registry) => new client.Pushgateway(appliance.address, {}, registry);

function backupRegistry(bytes) {
  const registry = new client.Registry();
  new client.Gauge({ name: 'pc_backup_bytes', help: 'size', registers: [registry] }).set(bytes);
  new client.Counter({ name: 'pc_files_total', help: 'files', labelNames: ['kind'], registers: [registry] }).inc({ kind: 'a"b\\c\nd' }, 3);
  const histogram = new client.Histogram({ name: 'pc_file_seconds', help: 'time', buckets: [0.1, 1], registers: [registry] });
  histogram.observe(0.05);
  histogram.observe(5);
  return registry;
}

test('prom-client: what is pushed is there until it is deleted', async () => {
  const registry = backupRegistry(1234567890123);
  const groupings = { instance: 'db/1', zone: 'eu' };
  const { resp } = await gateway(registry).push({ jobName: 'nightly', groupings: { zone: 'eu' } });
  assert.equal(resp.statusCode, 200);
  const of = (name) => `${name}{job="nightly",zone="eu"}`;
  assert.equal(await value(appliance, of('pc_backup_bytes')), 1234567890123);
  assert.equal((await query(appliance, of('pc_files_total')))[0].metric.kind, 'a"b\\c\nd');
  assert.equal(await value(appliance, of('pc_file_seconds_sum')), 5.05);
  assert.equal(await value(appliance, 'pc_file_seconds_bucket{le="+Inf"}'), 2);
  assert.ok(Math.abs(await value(appliance, of('push_time_seconds')) - Date.now() / 1000) < 60);
  assert.equal(await value(appliance, of('push_failure_time_seconds')), 0);
  const gone = await gateway(registry).delete({ jobName: 'nightly', groupings: { zone: groupings.zone } });
  assert.equal(gone.resp.statusCode, 202);
  assert.equal(await value(appliance, of('pc_backup_bytes')), undefined);
  assert.equal(await value(appliance, of('push_time_seconds')), undefined);
});

test('prom-client: pushAdd keeps the metrics of other names, push replaces all', async () => {
  const registry = backupRegistry(1);
  await gateway(registry).push({ jobName: 'adding' });
  const more = new client.Registry();
  new client.Gauge({ name: 'pc_backup_bytes', help: 'size', registers: [more] }).set(2);
  await gateway(more).pushAdd({ jobName: 'adding' });
  assert.equal(await value(appliance, 'pc_backup_bytes{job="adding"}'), 2);
  assert.equal(await value(appliance, 'pc_files_total{job="adding"}'), 3);
  await gateway(more).push({ jobName: 'adding' });
  assert.equal(await value(appliance, 'pc_backup_bytes{job="adding"}'), 2);
  assert.equal(await value(appliance, 'pc_files_total{job="adding"}'), undefined);
});

test('prom-client: a push that does not fit is refused as a whole', async () => {
  const registry = new client.Registry();
  new client.Gauge({ name: 'pc_conflict', help: 'x', registers: [registry] }).set(1);
  await gateway(registry).push({ jobName: 'fits' });
  const other = new client.Registry();
  new client.Counter({ name: 'pc_conflict', help: 'x', registers: [other] }).inc(5);
  new client.Gauge({ name: 'pc_beside', help: 'x', registers: [other] }).set(1);
  await assert.rejects(gateway(other).push({ jobName: 'other' }), /400/);
  assert.equal(await value(appliance, 'pc_beside'), undefined);
  await until(async () => (await value(appliance, 'push_failure_time_seconds{job="other"}')) > 0, 'the time of the failure');
});

test('what was pushed survives a restart', async () => {
  const registry = backupRegistry(77);
  await gateway(registry).push({ jobName: 'lasting' });
  await appliance.halt();
  await appliance.run(new URL(appliance.address).host);
  assert.equal(await value(appliance, 'pc_backup_bytes{job="lasting"}'), 77);
  const repeated = `count_over_time(pc_backup_bytes{job="lasting"}[1h])`;
  await until(async () => (await value(appliance, repeated)) >= 2, 'a repeated sample');
});

test('labels may come as base64, gzip is taken, timestamps are not', async () => {
  const { gzipSync } = await import('node:zlib');
  const put = (path, body, headers = {}) => fetch(`${appliance.address}${path}`, { method: 'PUT', body, headers });
  const path = '/metrics/job@base64/YS9i/path@base64/L3Zhci90bXA=';
  assert.equal((await put(path, gzipSync('pc_encoded 1\n'), { 'Content-Encoding': 'gzip' })).status, 200);
  assert.equal(await value(appliance, 'pc_encoded{job="a/b",path="/var/tmp"}'), 1);
  assert.equal((await put('/metrics/job/x', 'pc_stamped 1 1790000000000\n')).status, 400);
  assert.equal((await put('/metrics/job/x/alone', 'a 1\n')).status, 400);
  assert.equal((await put('/metrics/job/x', 'no number\n')).status, 400);
  assert.equal((await fetch(`${appliance.address}/metrics`)).headers.get('content-type'), 'application/json');
});

test('the protobuf of Go clients is taken as well', async () => {
  const number = Buffer.alloc(8);
  number.writeDoubleLE(1.5);
  // MetricFamily { name, type: GAUGE, metric { gauge { value } } }
  const family = Buffer.concat([Buffer.from('\x0a\x08pc_proto\x18\x01\x22\x0b\x12\x09\x09', 'latin1'), number]);
  const answer = await fetch(`${appliance.address}/metrics/job/go`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited' },
    body: Buffer.concat([Buffer.from([family.length]), family]),
  });
  assert.equal(answer.status, 200);
  assert.equal(await value(appliance, 'pc_proto{job="go"}'), 1.5);
});
