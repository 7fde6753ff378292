// OpenTelemetry's own exporters, in both wire forms and both temporalities.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporalityPreference, OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { query, start, value } from './support/plimsoll.mjs';

let appliance;
before(async () => { appliance = await start(); });
after(async () => { await appliance?.stop(); });

/** A provider whose exporter is the form's own; what its exports ended with is in `results`. */
function provider(Exporter, service, temporality, views = [], path = '/v1/metrics') {
  const exporter = new Exporter({ url: appliance.address + path, temporalityPreference: temporality, compression: 'gzip' });
  const results = [];
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) => send(metrics, (result) => { results.push(result); done(result); });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const resource = resourceFromAttributes({
    'service.name': service, 'service.namespace': 'shop', 'service.instance.id': 'i-1', 'host.name': 'web1', 'process.pid': 4711,
  });
  const meters = new MeterProvider({ resource, readers: [reader], views });
  return { meter: meters.getMeter('checkout', '2.1'), flush: () => meters.forceFlush(), close: () => meters.shutdown(), results };
}

const { CUMULATIVE, DELTA } = AggregationTemporalityPreference;
const forms = [['http', JsonExporter], ['proto', ProtoExporter]];
const latencies = [0, 0.004, 0.2, 0.2, 7, 12_000];
const sum = latencies.reduce((a, b) => a + b, 0);

for (const [form, Exporter] of forms) {
  const at = `job="shop/${form}",instance="i-1"`;

  test(`${form}: cumulative instruments come back exactly`, async () => {
    const otel = provider(Exporter, form, CUMULATIVE);
    otel.meter.createCounter('http.server.requests', { unit: '{request}' }).add(3, { 'http.route': '/a', ok: true });
    otel.meter.createCounter('sent', { unit: 'By', valueType: ValueType.INT }).add(Number.MAX_SAFE_INTEGER);
    otel.meter.createUpDownCounter('jobs.open').add(-4);
    otel.meter.createObservableGauge('cpu.utilization', { unit: '1' }).addCallback((result) => result.observe(0.1 + 0.2, { cpu: 0 }));
    const duration = otel.meter.createHistogram('http.server.duration', { unit: 'ms' });
    for (const latency of latencies) duration.record(latency);
    await otel.flush();
    await otel.close();
    assert.deepEqual(otel.results.map(({ code }) => code), otel.results.map(() => 0));

    const [requests] = await query(appliance, `http_server_requests_total{${at}}`);
    assert.deepEqual(requests.metric, {
      __name__: 'http_server_requests_total', job: `shop/${form}`, instance: 'i-1', http_route: '/a', ok: 'true',
      otel_scope_name: 'checkout', otel_scope_version: '2.1',
    });
    assert.equal(requests.value[1], '3');
    assert.equal(await value(appliance, `sent_bytes_total{${at}}`), Number.MAX_SAFE_INTEGER);
    assert.equal(await value(appliance, `jobs_open{${at}}`), -4);
    assert.equal(await value(appliance, `cpu_utilization_ratio{${at},cpu="0"}`), 0.1 + 0.2);
    assert.equal(await value(appliance, `http_server_duration_milliseconds_count{${at}}`), latencies.length);
    assert.equal(await value(appliance, `http_server_duration_milliseconds_sum{${at}}`), sum);
    const bucket = (le) => value(appliance, `http_server_duration_milliseconds_bucket{${at},le="${le}"}`);
    assert.deepEqual([await bucket('0'), await bucket('5'), await bucket('10'), await bucket('10000'), await bucket('+Inf')], [1, 4, 5, 5, 6]);
    const [info] = await query(appliance, `target_info{${at}}`);
    assert.deepEqual([info.metric.host_name, info.metric.process_pid, info.value[1]], ['web1', '4711', '1']);
  });

  test(`${form}: increments add up to the cent`, async () => {
    const otel = provider(Exporter, `${form}-delta`, DELTA, [], '/api/v1/otlp/v1/metrics');
    const revenue = otel.meter.createCounter('revenue', { unit: 'EUR' });
    const size = otel.meter.createHistogram('order.size');
    for (let i = 0; i < 10; i++) {
      revenue.add(0.1);
      size.record(i === 9 ? 120 : 30);
      await otel.flush();
    }
    await otel.close();
    const of = `{job="shop/${form}-delta"}`;
    assert.equal(await value(appliance, `revenue_EUR_total${of}`), 1);
    assert.equal(await value(appliance, `increase(revenue_EUR_total${of}[1h])`), 1);
    assert.equal(await value(appliance, `histogram_count(increase(order_size${of}[1h]))`), 10);
    assert.equal(await value(appliance, `histogram_sum(increase(order_size${of}[1h]))`), 390);
    const median = await value(appliance, `histogram_quantile(0.5, increase(order_size${of}[1h]))`);
    assert.ok(median > 25 && median <= 50, `the median ${median} is in the bucket (25, 50]`);
    assert.equal(await value(appliance, `histogram_fraction(0, 100, increase(order_size${of}[1h]))`), 0.9);
  });

  test(`${form}: exponential histograms keep their buckets`, async () => {
    const views = [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }];
    for (const [temporality, name, expr] of [[CUMULATIVE, 'lag.total', 'lag_total'], [DELTA, 'lag.step', 'increase(lag_step[1h])']]) {
      const otel = provider(Exporter, `${form}-exp`, temporality, views);
      const lag = otel.meter.createHistogram(name);
      for (let i = 1; i <= 100; i++) lag.record(i / 10);
      await otel.flush();
      await otel.close();
      const of = expr.replace(/(lag_\w+)/, `$1{job="shop/${form}-exp"}`);
      assert.equal(await value(appliance, `histogram_count(${of})`), 100);
      assert.ok(Math.abs((await value(appliance, `histogram_sum(${of})`)) - 505) < 1e-9);
      const p90 = await value(appliance, `histogram_quantile(0.9, ${of})`);
      assert.ok(Math.abs(p90 - 9) < 0.3, `p90 of ${expr} is ${p90}`);
    }
  });

  test(`${form}: a kind that contradicts is told, the rest is kept`, async () => {
    const first = provider(Exporter, form, CUMULATIVE);
    first.meter.createCounter(`mixed.${form}`).add(1);
    await first.close();
    const second = provider(Exporter, form, DELTA);
    second.meter.createCounter(`mixed.${form}`).add(1);
    second.meter.createCounter(`pure.${form}`).add(2);
    await second.close();
    assert.equal(await value(appliance, `pure_${form}_total`), 2);
    assert.equal(await value(appliance, `mixed_${form}_total`), 1);
  });
}

test('a body that is no request is refused for good', async () => {
  const answer = await fetch(`${appliance.address}/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"resourceMetrics":' });
  assert.equal(answer.status, 400);
  assert.equal((await answer.json()).code, 3);
});
