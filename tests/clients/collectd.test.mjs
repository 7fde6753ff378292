// Debian's collectd with write_http.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { query, start, until } from './support/plimsoll.mjs';

const binary = '/usr/sbin/collectd';
const skip = existsSync(binary) && existsSync('/usr/lib/collectd/write_http.so') ? false : 'collectd is not installed';

let appliance;
let directory;
let collectd;
before(async () => {
  if (skip) return;
  appliance = await start();
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-collectd-'));
});
after(async () => {
  if (collectd && collectd.exitCode === null) {
    const ended = new Promise((done) => collectd.once('exit', done));
    collectd.kill('SIGTERM');
    await ended;
  }
  await appliance?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

test('collectd: write_http is understood', { skip }, async () => {
  const counter = join(directory, 'counter');
  await writeFile(counter, '4711\n');
  await writeFile(join(directory, 'collectd.conf'), `
Hostname "box-1"
Interval 1
BaseDir "${directory}"
PIDFile "${directory}/collectd.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin load
LoadPlugin table
LoadPlugin write_http
<Plugin table>
  <Table "${counter}">
    Instance "own"
    Separator " "
    <Result>
      Type derive
      InstancePrefix "made"
      ValuesFrom 0
    </Result>
  </Table>
</Plugin>
<Plugin write_http>
  <Node "plimsoll">
    URL "${appliance.address}/collectd"
    Format "JSON"
    StoreRates false
    BufferSize 4096
  </Node>
</Plugin>
`);
  const said = [];
  collectd = spawn(binary, ['-f', '-C', join(directory, 'collectd.conf')], { stdio: ['ignore', 'pipe', 'pipe'] });
  collectd.stdout.on('data', (chunk) => said.push(String(chunk)));
  collectd.stderr.on('data', (chunk) => said.push(String(chunk)));
  const arrived = async (expr) => (await query(appliance, expr))[0];
  const made = await until(() => arrived('collectd_table_derive_total'), `what collectd counts (${said.join('')})`);
  assert.deepEqual(made.metric, { __name__: 'collectd_table_derive_total', instance: 'box-1', table: 'own', type: 'made' });
  assert.equal(made.value[1], '4711');
  const load = await until(() => arrived('collectd_load_shortterm{instance="box-1"}'), 'the load');
  assert.ok(Number(load.value[1]) >= 0);
  await until(() => arrived('rate(collectd_table_derive_total[5m]) == 0'), 'a second sample of the counter');
});
