// The clients of InfluxDB 1 and 2, each with credentials in the way it sends them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { InfluxDB as Influx2, Point } from '@influxdata/influxdb-client';
import { InfluxDB as Influx1, FieldType } from 'influx';
import { start } from './support/plimsoll.mjs';

let appliance;
let ingest; // API keys
let read;

async function createKey(role) {
  const answer = await fetch(`${appliance.address}/api/app/keys`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: role, role }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).key;
}

/** Each value of a selector, newest last. */
async function values(selector) {
  const at = Date.now() / 1000 + 3600;
  const answer = await fetch(`${appliance.address}/api/v1/query?${new URLSearchParams({ query: `${selector}[2h]`, time: at })}`, {
    headers: { authorization: `Bearer ${read}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).data.result.flatMap((series) => series.values.map(([, text]) => Number(text)));
}

before(async () => {
  appliance = await start();
  ingest = await createKey('ingest');
  read = await createKey('read');
  await appliance.halt();
  process.env.PLIMSOLL_ADMIN_PASSWORD = 'correct horse battery';
  await appliance.run(new URL(appliance.address).host);
  delete process.env.PLIMSOLL_ADMIN_PASSWORD;
});
after(async () => { await appliance?.stop(); });

test('influxdb-client: points of all types and precisions, gzipped', async () => {
  const now = Date.now();
  for (const [precision, unit] of [['ns', 1e6], ['us', 1e3], ['ms', 1], ['s', 1e-3]]) {
    const writer = new Influx2({ url: appliance.address, token: ingest, writeOptions: { gzipThreshold: 0 } })
      .getWriteApi('org', 'bucket', precision, { gzipThreshold: 0, maxRetries: 0 });
    writer.useDefaultTags({ region: 'eu west,1' });
    writer.writePoint(new Point(`v2_${precision}`).tag('host', 'a=b').floatField('load', 0.1 + 0.2).intField('count', 9007199254740991)
      .uintField('size', 5).booleanField('up', true).stringField('note', 'a "quoted" text').timestamp(String(Math.floor(now * unit)).replace(/e.*/, '')));
    await writer.close();
    const of = `{host="a=b",region="eu west,1"}`;
    assert.deepEqual(await values(`v2_${precision}_load${of}`), [0.1 + 0.2]);
    assert.deepEqual(await values(`v2_${precision}_count${of}`), [9007199254740991]);
    assert.deepEqual(await values(`v2_${precision}_size${of}`), [5]);
    assert.deepEqual(await values(`v2_${precision}_up${of}`), [1]);
  }
});

test('influxdb-client: says why a line was refused, and that a token is wrong', async () => {
  const failed = async (token, line) => {
    const writer = new Influx2({ url: appliance.address, token }).getWriteApi('org', 'bucket', 'ns', { maxRetries: 0, writeFailed: () => Promise.resolve() });
    let error;
    writer.writeOptions.writeFailed = (reason) => { error = reason; return Promise.resolve(); };
    writer.writeRecord(line);
    await writer.close();
    return error;
  };
  const bad = await failed(ingest, 'v2_bad value=');
  assert.equal(bad.statusCode, 400);
  assert.match(bad.message, /unable to parse 'v2_bad value='/);
  assert.equal((await failed('plm_wrong', 'v2_bad value=1')).statusCode, 401);
});

test('influx: a schema, tags and its own precisions, with user and password', async () => {
  const influx = new Influx1({
    host: '127.0.0.1', port: Number(new URL(appliance.address).port), database: 'metrics', username: 'any', password: ingest,
    schema: [{ measurement: 'v1_http', fields: { duration: FieldType.FLOAT, size: FieldType.INTEGER, ok: FieldType.BOOLEAN }, tags: ['route'] }],
  });
  const [{ online, version }] = await influx.ping(5000);
  assert.ok(online && version);
  await influx.createDatabase('metrics');
  assert.deepEqual(await influx.getDatabaseNames(), ['default']);
  const now = Date.now();
  await influx.writePoints([
    { measurement: 'v1_http', tags: { route: '/a b' }, fields: { duration: 12.25, size: 7, ok: false }, timestamp: new Date(now - 2000) },
    { measurement: 'v1_http', tags: { route: '/a b' }, fields: { duration: 13.5, size: 8, ok: true }, timestamp: new Date(now - 1000) },
  ]);
  assert.deepEqual(await values('v1_http_duration{route="/a b"}'), [12.25, 13.5]);
  assert.deepEqual(await values('v1_http_size{route="/a b"}'), [7, 8]);
  assert.deepEqual(await values('v1_http_ok{route="/a b"}'), [0, 1]);
  await influx.writePoints([{ measurement: 'v1_plain', fields: { value: 3 }, timestamp: Math.floor(now / 1000) }], { precision: 's', retentionPolicy: '' });
  assert.deepEqual(await values('v1_plain'), [3]);
});

test('credentials may come in each way that clients have', async () => {
  const post = (path, headers = {}, body = 'ways value=1') =>
    fetch(appliance.address + path, { method: 'POST', headers, body }).then((answer) => answer.status);
  const basic = `Basic ${Buffer.from(`any:${ingest}`).toString('base64')}`;
  assert.equal(await post('/write?db=a', { authorization: basic }), 204);
  assert.equal(await post('/write?db=a', { authorization: `Bearer ${ingest}` }), 204);
  assert.equal(await post('/write?db=a', { authorization: `Token any:${ingest}` }), 204);
  assert.equal(await post(`/write?db=a&rp=&u=any&p=${ingest}`), 204);
  assert.equal(await post('/api/v2/write?bucket=b', { authorization: `Token ${ingest}` }), 204);
  assert.equal(await post('/api/v3/write_lp?db=a&precision=second', { authorization: `Bearer ${ingest}` }, `ways_v3 value=2 ${Math.floor(Date.now() / 1000)}`), 204);
  assert.deepEqual(await values('ways_v3'), [2]);
  assert.equal(await post('/write?db=a'), 401);
  assert.equal(await post('/write?db=a&u=any&p=wrong'), 401);
  assert.equal(await post(`/write?db=a&u=any&p=${read}`), 403);
  assert.equal(await post('/write?db=a', { authorization: basic, 'content-encoding': 'gzip' }, gzipSync('zipped value=1')), 204);
});
