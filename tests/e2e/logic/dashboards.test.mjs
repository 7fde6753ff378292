// What dashboards work out by themselves: the grid, undo, variables, units.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { modules } from '../support/modules.mjs';

let grid, history, variables, units, templates;

before(async () => {
  ({ grid, history, variables, units, templates } = await modules({
    grid: 'pages/dashboards/grid', history: 'pages/dashboards/history', variables: 'pages/dashboards/variables', units: 'pages/dashboards/units', templates: 'pages/dashboards/templates',
  }));
});

const panel = (id, x, y, w, h) => ({ id, grid: { x, y, w, h } });
const places = (panels) => Object.fromEntries(panels.map(({ id, grid: { x, y, w, h } }) => [id, [x, y, w, h]]));
const span = { stepS: 60, rangeMs: 864e5 };
const put = (expr, values = {}) => variables.substitute(expr, values, span);

function assertApart(panels) {
  for (const a of panels) for (const b of panels) {
    if (a.id >= b.id) continue;
    const [p, q] = [a.grid, b.grid];
    assert.ok(p.x >= q.x + q.w || q.x >= p.x + p.w || p.y >= q.y + q.h || q.y >= p.y + p.h, `${a.id} and ${b.id} lie apart`);
  }
  for (const { id, grid: { x, w } } of panels) assert.ok(x >= 0 && x + w <= 12, `${id} is within the columns`);
}

test('panels rise into what is free, in reading order', () => {
  assert.deepEqual(places(grid.compact([panel('a', 0, 4, 6, 5), panel('b', 6, 9, 6, 5), panel('c', 0, 20, 12, 3)])), { a: [0, 0, 6, 5], b: [6, 0, 6, 5], c: [0, 5, 12, 3] });
  assert.deepEqual(places(grid.compact([panel('a', 10, 0, 6, 5)])), { a: [6, 0, 6, 5] }, 'what stands out on the right is drawn in');
  assert.deepEqual(places(grid.compact([panel('a', 0, 0, 40, 1)])), { a: [0, 0, 12, 2] }, 'sizes keep to their bounds');
});

test('a panel that is put on others makes them flow down', () => {
  const start = [panel('a', 0, 0, 6, 5), panel('b', 6, 0, 6, 5), panel('c', 0, 5, 6, 5)];
  assert.deepEqual(places(grid.put(start, 'b', { x: 0, y: 0, w: 6, h: 5 })), { b: [0, 0, 6, 5], a: [0, 5, 6, 5], c: [0, 10, 6, 5] });
  assert.deepEqual(places(grid.put(start, 'a', { x: 0, y: 0, w: 12, h: 5 })), { a: [0, 0, 12, 5], b: [6, 5, 6, 5], c: [0, 5, 6, 5] });
  assert.deepEqual(places(start), { a: [0, 0, 6, 5], b: [6, 0, 6, 5], c: [0, 5, 6, 5] }, 'nothing is changed in place');
});

test('whatever is done, panels lie apart and within the columns', () => {
  let seed = 7;
  const random = (most) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % most;
  let panels = Array.from({ length: 14 }, (_, i) => panel(`p${String(i).padStart(2, '0')}`, random(12), random(20), 2 + random(9), 2 + random(6)));
  panels = grid.compact(panels);
  for (let i = 0; i < 400; i++) {
    const { id } = panels[random(panels.length)];
    if (i % 3 === 0) panels = grid.put(panels, id, { x: random(14) - 1, y: random(30), w: 1 + random(14), h: 1 + random(9) });
    else if (i % 3 === 1) panels = grid.nudge(panels, id, random(3) - 1, random(3) - 1);
    else panels = grid.grow(panels, id, random(3) - 1, random(3) - 1);
    assertApart(panels);
    assert.deepEqual(grid.compact(panels), panels, 'nothing could rise any more');
  }
});

test('the arrow keys move a panel by one column, and past its neighbour', () => {
  const start = [panel('a', 0, 0, 6, 5), panel('b', 0, 5, 6, 5)];
  assert.deepEqual(places(grid.nudge(start, 'a', 1, 0)).a, [1, 0, 6, 5]);
  assert.deepEqual(places(grid.nudge(start, 'a', -1, 0)).a, [0, 0, 6, 5], 'not beyond the edge');
  assert.deepEqual(places(grid.nudge(start, 'a', 0, 1)), { b: [0, 0, 6, 5], a: [0, 5, 6, 5] });
  assert.deepEqual(places(grid.nudge(start, 'b', 0, -1)), { b: [0, 0, 6, 5], a: [0, 5, 6, 5] });
  assert.deepEqual(places(grid.nudge(start, 'b', 0, 1)), places(start), 'below the last there is nothing');
  assert.deepEqual(places(grid.grow(start, 'a', 1, -1)).a, [0, 0, 7, 4]);
  assert.deepEqual(places(grid.grow([panel('a', 6, 0, 6, 5)], 'a', 1, 0)).a, [6, 0, 6, 5], 'not wider than what is left');
});

test('a new panel takes the first room, and arrows find the next one', () => {
  const three = [panel('a', 0, 0, 6, 5), panel('b', 6, 0, 3, 5), panel('c', 0, 5, 12, 4)];
  assert.deepEqual(grid.freePlace(three, { w: 3, h: 4 }), { x: 9, y: 0, w: 3, h: 4 });
  assert.deepEqual(grid.freePlace(three, { w: 6, h: 7 }), { x: 0, y: 9, w: 6, h: 7 });
  assert.equal(grid.neighbour(three, 'a', 'ArrowRight'), 'b');
  assert.equal(grid.neighbour(three, 'b', 'ArrowDown'), 'c');
  assert.equal(grid.neighbour(three, 'c', 'ArrowUp'), 'b');
  assert.equal(grid.neighbour(three, 'a', 'ArrowLeft'), null);
  assert.deepEqual(grid.unitsOf(150, -50, 88), { dx: 2, dy: -1 });
});

test('undo and redo go through the changes, and keystrokes in one field are one', () => {
  let all = history.begin('a');
  for (const [next, about] of [['b', ''], ['bc', 'title'], ['bcd', 'title'], ['e', 'unit']]) all = history.change(all, next, about);
  const back = [];
  for (let step = all; step.past.length; ) { step = history.undo(step); back.push(step.now); all = step; }
  assert.deepEqual(back, ['bcd', 'b', 'a']);
  assert.equal(history.redo(all).now, 'b');
  assert.equal(history.redo(history.redo(all)).now, 'bcd');
  assert.deepEqual(history.change(history.redo(all), 'z').future, []);
  const settled = history.settle(history.change(history.begin('a'), 'ab', 'title'));
  assert.equal(history.undo(history.change(settled, 'abc', 'title')).now, 'ab', 'a drag that ended is a step of its own');
});

test('variables become label values, escaped for their matcher', () => {
  assert.equal(put('a{host="$host"}', { host: 'web-1' }), 'a{host="web-1"}');
  assert.equal(put('a{host="${host}"}', { host: 'a"b\\c' }), 'a{host="a\\"b\\\\c"}');
  assert.equal(put('a{host=~"$host"}', { host: 'a.b' }), 'a{host=~"a\\\\.b"}', 'a pattern means the text itself');
  assert.equal(put('a{host=~"$host|db"}', { host: 'x' }), 'a{host=~"x|db"}');
  assert.equal(put('a{host=~"${host:regex}"}', { host: 'x' }), 'a{host=~"x"}');
  assert.equal(put('a{host="$host"} / b{host="$host", c="d"}', { host: 'x' }), 'a{host="x"} / b{host="x", c="d"}');
  assert.equal(put('a{host="$other"}', { host: 'x' }), 'a{host="$other"}', 'what is no variable stays');
});

test('all is any value, and makes patterns of the matchers that name it', () => {
  assert.equal(put('a{host="$host"}', { host: null }), 'a{host=~".*"}');
  assert.equal(put('a{host=~"$host"}', { host: null }), 'a{host=~".*"}');
  assert.equal(put('a{host!="$host"}', { host: null }), 'a{host!~".*"}');
  assert.equal(put('a{path="/v1.0/$route"}', { route: null }), 'a{path=~"/v1\\\\.0/.*"}');
});

test('several values are alternatives', () => {
  assert.equal(put('a{host="$host"}', { host: ['a.b', 'c'] }), 'a{host=~"(a\\\\.b|c)"}');
  assert.equal(put('a{host!~"$host"}', { host: ['a', 'c'] }), 'a{host!~"(a|c)"}');
  assert.equal(put("a{host='$host', b=`$host`}", { host: 'x"y' }), 'a{host="x\\"y", b="x\\"y"}', 'all ways of quoting');
  assert.equal(put('label_replace(a, "b", "$1", "c", "(.*)")', { host: 'x' }), 'label_replace(a, "b", "$1", "c", "(.*)")');
});

test('a value can never be more than a value', () => {
  const hostile = 'x"} or vector(1) or a{b="';
  assert.equal(put('a{host="$host"}', { host: hostile }), 'a{host="x\\"} or vector(1) or a{b=\\""}');
  assert.equal(put('sum by ($host) (a)', { host: hostile }), 'sum by ($host) (a)', 'outside of texts it must be a plain word');
  assert.equal(put('topk($n, a) by ($label)', { n: '5', label: 'route' }), 'topk(5, a) by (route)');
  assert.equal(put('topk($n, a)', { n: ['5', '6'] }), 'topk($n, a)', 'one word');
});

test('windows follow the step and the range', () => {
  assert.equal(put('rate(a[$__rate_interval])'), 'rate(a[75s])');
  assert.equal(variables.rateWindow(10), '1m');
  assert.equal(put('increase(a[$__interval])'), 'increase(a[1m])');
  assert.equal(put('increase(a[${__range}])'), 'increase(a[1d])');
  assert.equal(put('a{b="$__range"}'), 'a{b="$__range"}', 'not in a text');
  assert.deepEqual(variables.namesIn('a{b="$x", c=~"${y}"}[$__interval]'), ['x', 'y']);
});

test('the address says what was chosen, where it is not the usual', () => {
  const host = { name: 'host', label: '', value: 'web-1', all: true }, any = { name: 'any', label: '', value: '', all: true };
  const search = new URLSearchParams('var-host=$__all');
  assert.deepEqual(variables.valuesOf([host, any], new URLSearchParams()), { host: 'web-1', any: null });
  assert.deepEqual(variables.valuesOf([host, any], search), { host: null, any: null });
  assert.deepEqual(variables.searchFor(host, null), { 'var-host': '$__all' });
  assert.deepEqual(variables.searchFor(host, 'web-1'), { 'var-host': null });
  assert.deepEqual(variables.valuesOf([any], new URLSearchParams({ 'var-any': '["a","b"]' })), { any: ['a', 'b'] });
  assert.deepEqual(variables.searchFor(any, ['a', 'b']), { 'var-any': '["a","b"]' });
  assert.deepEqual(variables.valuesOf([{ ...any, all: false }], new URLSearchParams(), { any: ['first', 'second'] }), { any: 'first' });
  assert.equal(variables.inWords('CPU of $host', { host: 'web-1' }), 'CPU of web-1');
  assert.equal(variables.inWords('CPU of ${host}', { host: null }), 'CPU of all');
  assert.equal(variables.legendOf('{{method}} {{ route }}', { method: 'GET', route: '/' }), 'GET /');
});

test('the unit of a panel is what it says, else what its expression tells', () => {
  const unit = (text, expr) => units.unitOfPanel({ unit: text, queries: [{ expr, legend: '' }] });
  assert.deepEqual(unit('bytes/s', 'a'), { kind: 'bytes', perSecond: true });
  assert.deepEqual(unit('', 'sum(rate(net_bytes_total[$__rate_interval]))'), { kind: 'bytes', perSecond: true });
  assert.deepEqual(unit('furlongs', 'host_disk_used_ratio'), { kind: 'ratio' });
});

test('a template leaves out what does not arrive, and no hole', () => {
  const rowsOf = (...names) => templates.templatesFor(names.map((name) => ({ name })))[0].draft.panels.map(({ title, grid: { x, y, w } }) => [title, x, y, w]);
  assert.deepEqual(rowsOf('event_loop_lag_seconds', 'http_requests_in_flight', 'thread_pool_used_ratio').map(([, x, , w]) => [x, w]), [[0, 12], [0, 6], [6, 6]]);
  assert.deepEqual(rowsOf('event_loop_lag_seconds', 'http_requests_in_flight'), [['Event loop, worst lag', 0, 0, 12], ['Requests in flight', 0, 7, 12]]);
  assert.deepEqual(rowsOf('llm_calls_total', 'llm_tokens_total').filter(([, , y]) => y === 0), [['Calls', 0, 0, 6], ['Tokens', 6, 0, 6]]);
  assert.deepEqual(templates.templatesFor([{ name: 'pg_up' }]), []);
});
