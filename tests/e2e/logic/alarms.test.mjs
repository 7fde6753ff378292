// How much of a young metric an alarm's editor draws, and how it counts, without a browser.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { modules } from '../support/modules.mjs';

const hour = 3600e3, day = 24 * hour;
let known;
before(async () => { ({ known } = await modules({ known: 'pages/alerts/known' })); });

const plain = (text) => text.replace(/\u00a0/g, ' ');

test('of a long span only the end that has points is drawn', () => {
  for (const age of [10e3, 3 * 60e3, hour, 3 * hour, 26 * hour, 3 * day]) {
    const window = known.windowFor(age, 7 * day);
    assert.ok(window >= age && (window <= age * 1.4 || window === 10 * 60e3), `${age} is drawn in ${window}`);
  }
  assert.equal(known.windowFor(5 * day, 7 * day), 7 * day);
  assert.equal(known.windowFor(50 * 60e3, hour), hour);
});

test('the first point is found in whichever series has it', () => {
  const times = [100, 160, 220];
  assert.equal(known.firstOf({ times, series: [{ values: [null, null, 1] }, { values: [null, 0, null] }] }), 160_000);
  assert.equal(known.firstOf({ times, series: [{ values: [null, null, null] }] }), null);
  assert.equal(known.firstOf({ times, series: [] }), null);
});

test('less than a day of data is not blown up to a week', () => {
  const young = known.paceOf(3 * hour + 20 * 60e3), week = known.paceOf(7 * day), two = known.paceOf(14 * day);
  assert.equal(plain(young.title), 'alarms in 3 h');
  assert.equal(plain(young.said(2 / young.weeks)), '2 in 3 h');
  assert.equal(young.said(0), 'none');
  assert.equal(plain(week.said(3 / week.weeks)), '3 a week');
  assert.equal(plain(two.said(3 / two.weeks)), '1.5 a week');
});
