// hot-shots, the StatsD and DogStatsD client of Node.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StatsD } from 'hot-shots';
import { query, start, until, value } from './support/plimsoll.mjs';

let appliance;
let port;

async function findPort() {
  const found = await until(() => /StatsD is taken in at 127\.0\.0\.1:(\d+)/.exec(appliance.said.join('')), 'the port');
  port = Number(found[1]);
}

before(async () => {
  appliance = await start('--statsd', '127.0.0.1:0', '--graphite', '127.0.0.1:0');
  await findPort();
});
after(async () => { await appliance?.stop(); });

const closed = (client) => new Promise((done) => client.close(done));
const becomes = (expr, expected) => until(async () => (await value(appliance, expr)) === expected, `${expr} = ${expected}`);

for (const protocol of ['udp', 'tcp']) {
  const name = (word) => `hs_${protocol}_${word}`;
  const connect = (more = {}) => new StatsD({
    host: '127.0.0.1', port, protocol, prefix: `hs_${protocol}_`, globalTags: { app: 'shop' },
    errorHandler: (error) => { throw error; }, ...more,
  });

  test(`hot-shots over ${protocol}: every type comes back exactly`, async () => {
    const client = connect();
    client.increment('views');
    client.increment('views', 2);
    client.decrement('views', 1, { page: '/a' });
    for (let i = 0; i < 10; i++) client.increment('cents', 0.1);
    client.increment('sampled', 3);
    client.gauge('depth', 41.5);
    client.gaugeDelta('depth', 2);
    client.gaugeDelta('depth', -0.5);
    client.timing('query', 12.5);
    client.timing('query', 7.5);
    client.histogram('size', 100);
    client.distribution('load', 0.25);
    client.set('users', 'ann');
    client.unique('users', 'bob');
    client.set('users', 'ann');
    await becomes(`${name('views')}{page=""}`, 3);
    await becomes(`${name('views')}{page="/a",app="shop"}`, -1);
    await becomes(name('cents'), 1);
    await becomes(name('depth'), 43);
    await becomes(`histogram_sum(${name('query')})`, 20);
    await becomes(`histogram_count(${name('query')})`, 2);
    await becomes(`histogram_sum(${name('size')})`, 100);
    await becomes(`histogram_sum(${name('load')})`, 0.25);
    await becomes(name('users'), 2);
    assert.deepEqual((await query(appliance, name('depth')))[0].metric, { __name__: name('depth'), app: 'shop' });
    await closed(client);
  });

  test(`hot-shots over ${protocol}: sampled counts are scaled up`, async () => {
    const client = connect({ sampleRate: 1 });
    let sent = 0;
    // The client throws the dice; what it sends stands for ten each.
    const send = client.sendMessage.bind(client);
    client.sendMessage = (message, callback) => { sent += message.length > 0 ? 1 : 0; send(message, callback); };
    for (let i = 0; i < 200; i++) client.increment('diced', 1, 0.1);
    await closed(client);
    await becomes(name('diced'), sent * 10);
  });

  test(`hot-shots over ${protocol}: buffered lines arrive together`, async () => {
    const client = connect({ maxBufferSize: 1400, bufferFlushInterval: 20 });
    for (let i = 0; i < 500; i++) client.increment('buffered', 1, { even: String(i % 2 === 0) });
    await closed(client);
    await becomes(`sum(${name('buffered')})`, 500);
    await becomes(`${name('buffered')}{even="true"}`, 250);
  });

  test(`hot-shots over ${protocol}: a service check is a series, an event an annotation`, async () => {
    const client = connect({ prefix: '' });
    client.check(`${protocol}.db`, client.CHECKS.CRITICAL, { hostname: 'web1', message: 'no answer' }, { env: 'prod' });
    client.event(`${protocol} deploy`, 'version 2.4.1\nwith notes', { alert_type: 'success', hostname: 'web1' }, { env: 'prod' });
    await becomes(`service_check_status{check="${protocol}.db",host="web1",env="prod"}`, 2);
    const mark = await until(async () => {
      const answer = await fetch(`${appliance.address}/api/app/annotations`);
      return (await answer.json()).items.find((item) => item.title === `${protocol} deploy`);
    }, 'the annotation');
    assert.equal(mark.text, 'version 2.4.1\nwith notes');
    assert.equal(mark.kind, 'success');
    assert.equal(mark.source, 'statsd');
    assert.deepEqual(mark.tags.filter((tag) => tag === 'env:prod'), ['env:prod']);
    await closed(client);
  });
}

test('a change of a gauge holds on to what was stored before a restart', async () => {
  const connect = () => new StatsD({ host: '127.0.0.1', port, prefix: 'hs_kept_' });
  const before = connect();
  before.gauge('depth', 40, { host: 'a' });
  await becomes('hs_kept_depth', 40);
  await closed(before);
  await appliance.halt();
  await appliance.run(new URL(appliance.address).host);
  await findPort();
  const after = connect();
  after.gaugeDelta('depth', 2, { host: 'a' });
  await becomes('hs_kept_depth', 42);
  await closed(after);
});

test('Graphite lines over TCP', async () => {
  const { connect } = await import('node:net');
  const found = await until(() => /Graphite is taken in at 127\.0\.0\.1:(\d+)/.exec(appliance.said.join('')), 'the port');
  const socket = connect(Number(found[1]), '127.0.0.1');
  socket.end(`servers.web1.load 0.5 ${Math.floor(Date.now() / 1000)}\ndisk.free;dc=eu 7 -1\n`);
  await becomes('{"servers.web1.load"}', 0.5);
  await becomes('{"disk.free",dc="eu"}', 7);
});

test('lines that are refused are kept, with their reason', async () => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  socket.send('hs_wrong:many|c\nhs_right:1|c', port, '127.0.0.1', () => socket.close());
  await becomes('hs_right', 1);
  const letter = await until(async () => {
    const answer = await fetch(`${appliance.address}/api/app/dead-letters?source=statsd`);
    return (await answer.json()).items.find((item) => item.message.includes('hs_wrong'));
  }, 'the dead letter');
  assert.equal(letter.code, 'bad_value');
});
