// What the pages of money work out by themselves: exact sums, the forecast and its fan, which alarm is a budget.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { modules } from '../support/modules.mjs';

process.env.TZ = 'Europe/Berlin';
let money, forecast, budget, figures, calendar, axis, sorting;

before(async () => {
  const names = ['money', 'forecast', 'budget', 'figures', 'calendar', 'axis'];
  ({ money, forecast, budget, figures, calendar, axis, sorting } = await modules({ ...Object.fromEntries(names.map((name) => [name, `pages/costs/${name}`])), sorting: 'lib/sorting' }));
});

test('money adds up to the digit where doubles do not', () => {
  const { nanoOf, sumOf, exact } = money;
  const dimes = Array.from({ length: 1_000_000 }, () => 0.1);
  assert.notEqual(dimes.reduce((sum, cost) => sum + cost, 0), 100_000);
  assert.equal(exact(sumOf(dimes.map(nanoOf))), '$100,000.00');
  assert.equal(exact(nanoOf(0.1) + nanoOf(0.2)), '$0.30');
  for (const text of ['0.000000001', '23.58', '8999999.123456789', '0', '41.000000007']) assert.equal(nanoOf(Number(text)), nanoOf(text), text);
  assert.equal(nanoOf('1.1234567891'), 1_123_456_789n, 'a tenth place is not kept');
  assert.equal(nanoOf(null), 0n);
});

test('money is shown in full: currency in front, the cents, never shortened', () => {
  const { nanoOf, exact, inCents, about, lineText, perCall } = money;
  assert.equal(exact(nanoOf('1234567.5')), '$1,234,567.50');
  assert.equal(exact(nanoOf('0.0123')), '$0.0123');
  assert.equal(exact(nanoOf('-4.2')), '−$4.20');
  assert.equal(inCents(nanoOf('23.575')), '$23.58');
  assert.equal(inCents(nanoOf('0.004999')), '$0.004999');
  assert.equal(inCents(nanoOf('12345.678')), '$12,345.68');
  assert.equal(about(41.2), '$41');
  assert.equal(about(4.126), '$4.13');
  assert.equal(lineText(50), '$50');
  assert.equal(lineText(50.5), '$50.50');
  assert.equal(perCall(nanoOf('1'), 3), '$0.3333');
  assert.equal(perCall(nanoOf('100'), 4), '$25.00');
  assert.equal(perCall(nanoOf('0.000001'), 3), '$0.000000333');
  assert.equal(perCall(0n, 0), '–');
});

test('what a person types as an amount is read, and nothing else', () => {
  const { amountIn } = money;
  assert.deepEqual(['$50', ' 50.5 ', '1,200', '0.000000001'].map(amountIn), ['50', '50.5', '1200', '0.000000001']);
  for (const text of ['', 'soon', '-5', '1e3', '1.0000000001', '50 €', '1,5']) assert.equal(amountIn(text), null, text);
});

const hour = 3_600_000, day = 24 * hour, week = 7 * day;
const now = Date.UTC(2026, 10, 18, 12, 30); // a Wednesday

/** Four weeks and a half of a rhythm: `cost(hour of the week, weeks ago)`. */
function past(weeks, cost) {
  const hours = new Map(), newest = Math.floor(now / hour) * hour;
  for (let at = newest - weeks * week; at <= newest; at += hour) hours.set(at, cost((at / hour) % 168, Math.ceil((now - at) / week)));
  return hours;
}

test('a steady rhythm is foretold exactly, and its range is nothing', () => {
  const hours = past(4.5, (of) => (of % 24 < 8 ? 0 : 2));
  const { by, weeks, fan } = forecast.forecast(hours, 100, now, now + 11.5 * hour);
  assert.equal(by, 'weeks');
  assert.equal(weeks, 4);
  assert.deepEqual(fan[0], { atMs: now, low: 100, mid: 100, high: 100 });
  const end = forecast.endOf({ fan });
  assert.deepEqual([end.low, end.mid, end.high], [123, 123, 123]);
});

test('the range is that of the weeks, and each week is a path of its own', () => {
  const hours = past(4.5, (_, ago) => ago);
  const end = forecast.endOf(forecast.forecast(hours, 0, now, now + 10 * hour));
  assert.ok(Math.abs(end.low - 10) < 1.5 && Math.abs(end.high - 40) < 1.5, JSON.stringify(end));
  assert.ok(Math.abs(end.mid - 25) < 1.5);
  const { fan } = forecast.forecast(hours, 0, now, now + 3 * day);
  for (let i = 1; i < fan.length; i++) assert.ok(fan[i].low >= fan[i - 1].low && fan[i].high >= fan[i - 1].high && fan[i].low <= fan[i].mid && fan[i].mid <= fan[i].high);
});

test('the same weekday and hour counts, also for weeks to come', () => {
  const spike = (Math.floor(now / hour) + 26) % 168; // tomorrow, 14:00
  const hours = past(4.5, (of) => (of === spike ? 50 : 0.001));
  const at = (end) => forecast.endOf(forecast.forecast(hours, 0, now, end)).mid;
  assert.ok(at(now + 25 * hour) < 1);
  assert.ok(Math.abs(at(now + 28 * hour) - 50) < 1);
  assert.ok(Math.abs(at(now + 28 * hour + week) - 100) < 2);
});

test('little data is a straight line or nothing, and that is said', () => {
  const few = new Map([[now - 2 * day, 24], [now - day, 24]]);
  const line = forecast.forecast(few, 48, now, now + 2 * day);
  assert.equal(line.by, 'line');
  assert.equal(line.fan.length, 2);
  assert.equal(forecast.endOf(line).mid, 96);
  assert.match(forecast.basis(line), /straight line/);
  const none = forecast.forecast(new Map([[now - hour, 3]]), 3, now, now + day);
  assert.equal(none.by, 'nothing');
  assert.equal(forecast.endOf(none), null);
  assert.match(forecast.basis(none), /Too little data/);
  assert.equal(forecast.forecast(past(1.5, () => 1), 0, now, now + day).weeks, 1);
  assert.equal(forecast.forecast(past(4.5, () => 1), 9, now, now - 1).by, 'nothing', 'a month that is over');
});

test('the alarm that is a budget is found, however it is written', () => {
  const rule = (expr, more = {}) => ({ id: expr, expr, op: '>', threshold: 50, enabled: true, ...more });
  const found = (rules) => Object.fromEntries(Object.entries(budget.budgetsIn(rules)).map(([period, { amount }]) => [period, amount]));
  assert.deepEqual(found([rule(budget.exprOf('day'))]), { day: 50 });
  assert.deepEqual(found([rule(budget.exprOf('month'), { threshold: 900 }), rule('sum( increase( llm_cost_usd_total[1d] ) )')]), { month: 900, day: 50 });
  assert.deepEqual(found([rule(budget.exprOf('day')), rule(budget.exprOf('day'), { threshold: 40 })]), { day: 40 }, 'the lower line is reached first');
  assert.deepEqual(found([rule(budget.exprOf('day'), { enabled: false }), rule(budget.exprOf('day'), { op: '<' }), rule('sum(increase(llm_cost_usd_total[1h]))'), rule('sum(increase(llm_cost_usd_total{model="x"}[24h]))'), rule('sum(rate(llm_cost_usd_total[24h]))')]), {});
});

test('days, months and their bounds are those of the zone, also where clocks change', () => {
  const october = calendar.monthOf('2026-10', now), march = calendar.monthOf('2026-03', now);
  assert.equal(october.days.length, 32);
  assert.equal(october.days[25] - october.days[24], 25 * hour, 'the 25th of October has 25 hours');
  assert.equal(march.days[29] - march.days[28], 23 * hour);
  assert.equal(new Date(october.fromMs).toISOString(), '2026-09-30T22:00:00.000Z');
  assert.equal(calendar.monthOf(null, now).key, '2026-11');
  assert.equal(calendar.monthOf('2026-13', now).key, '2026-11');
  assert.equal(calendar.stepMonth(calendar.monthOf('2026-01', now), -1), '2025-12');
  assert.equal(calendar.nextMidnight(calendar.midnightOf(now)) - calendar.midnightOf(now), day);
});

test('days are split by a label; beyond seven the rest is one, and nothing is lost', () => {
  const starts = [0, day, 2 * day];
  const answer = { series: Array.from({ length: 12 }, (_, i) => ({ labels: { model: `m${i}` }, buckets: [{ t: 0, sum: 0.1 * (i + 1) }, { t: 2 * day, sum: 0.000000001 }] })) };
  const splits = figures.splitDays(answer, 'model', starts);
  assert.equal(splits.length, 8);
  assert.equal(splits[0].name, 'm11');
  assert.equal(splits[7].name, '5 others');
  assert.equal(money.exact(money.sumOf(splits.map(({ sum }) => sum))), '$7.800000012');
  assert.equal(money.exact(splits[7].days[0]), '$1.50');
  assert.equal(figures.splitDays({ series: [{ labels: {}, buckets: [{ t: 5, sum: 1 }] }] }, 'model', starts)[0].name, 'none');
});

test('the table sorts both ways, and its sum is that of its lines', () => {
  const rows = [['a', '/x', 0.1, 3], ['b', '/x', 0.2, 1], ['c', '/y', null, 9]].map(([model, endpoint, cost, calls]) => figures.useOf({ provider: 'p', model, endpoint, calls, unpriced_calls: cost === null ? calls : 0, tokens: { input: 10, cache_read: 1, cache_write: 2 }, cost }, 'endpoint'));
  const order = (up) => sorting.sorted(figures.byName(rows), figures.eachCall, up).map(({ model }) => model);
  assert.deepEqual(order(false), ['b', 'a', 'c']);
  assert.deepEqual(order(true), ['a', 'b', 'c'], 'what has no cost stays last');
  assert.deepEqual(figures.byName([{ ...rows[1], feature: '/z' }, ...rows].reverse()).map(({ model, feature }) => model + feature), ['a/x', 'b/x', 'b/z', 'c/y']);
  const all = figures.total(rows);
  assert.equal(money.exact(all.cost), '$0.30');
  assert.deepEqual([all.calls, all.unpriced, all.input, all.cached], [13, 9, 30, 9]);
});

test('who loses most comes first, also who pays nothing or costs nothing', () => {
  const revenue = { series: [{ labels: { plan: 'pro' }, buckets: [{ t: 0, sum: 49 }, { t: day, sum: 0.01 }] }, { labels: { plan: 'team' }, buckets: [{ t: 0, sum: 199 }] }] };
  const costs = [{ labels: { plan: 'pro' }, cost: 50 }, { labels: { plan: 'free' }, cost: 0.5 }, { labels: { plan: 'free' }, cost: 0.25 }, { labels: { plan: 'team' }, cost: null }];
  assert.deepEqual(figures.margins(revenue, costs, 'plan').map(({ name, margin }) => [name, money.exact(margin)]), [['pro', '−$0.99'], ['free', '−$0.75'], ['team', '$199.00']]);
});

test('an axis of money ends on a round number above what it shows', () => {
  for (const top of [0.00012, 0.004, 0.9, 1, 23.58, 41, 512, 99_999]) {
    const { top: end, ticks, label } = axis.axisTo(top);
    assert.ok(end >= top && end <= top * 2.5 && ticks.length >= 3 && ticks.length <= 6, `${top}: ${ticks}`);
    assert.equal(new Set(ticks.map(label)).size, ticks.length, ticks.map(label).join(' '));
  }
  assert.deepEqual(axis.axisTo(41).ticks.map(axis.axisTo(41).label), ['0', '$20', '$40', '$60']);
});
