// How quick the page is, and whether its memory stays flat: measured in Chromium against a real appliance with a week of data.
//   node page_bench.mjs [--only first,panels,hover,crowd,arrival,memory] [--minutes 5] [--page PATH --charts N] [--shots FOLDER]
// Not part of CI: a busy machine makes other figures. The whole hour: --only memory --minutes 60.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Appliance } from '../../e2e/support/appliance.mjs';
import { launch, visit } from '../../e2e/support/browser.mjs';
import { drawnAfter, frameTimes, memory, quantile, watchDrawing } from './measure.mjs';
import { dashboardOf } from './dashboard.mjs';
import { feed, seedRequests, seedWeek } from './week.mjs';

const { values: options } = parseArgs({ options: {
  only: { type: 'string', default: 'first,panels,hover,crowd,arrival,memory' }, minutes: { type: 'string', default: '5' }, page: { type: 'string' }, charts: { type: 'string', default: '30' }, shots: { type: 'string' } } });
const wanted = new Set(options.only.split(','));
const wide = { width: 1440, height: 900, motion: 'no-preference' };
const wrong = [];
let appliance, browser;

function say(name, text, holds = true) {
  console.log(`${new Date().toISOString().slice(11, 19)} ${holds ? '  ' : '✗ '}${name}: ${text}`);
  if (!holds) wrong.push(name);
}

async function fresh(more = {}) {
  const page = await visit(browser, appliance, { ...wide, ...more });
  await page.addInitScript(watchDrawing);
  return page;
}

const shot = async (page, name) => { if (options.shots) { mkdirSync(options.shots, { recursive: true }); await page.screenshot({ path: join(options.shots, `${name}.png`) }); } };

async function saveDashboard(title, count, metricsEach) {
  const saved = await appliance.send('/api/app/dashboards', dashboardOf(title, count, metricsEach), { 'Content-Type': 'application/json' });
  return `/dashboards/${saved.id}?range=7d`;
}

/** Nothing cached: what the first visit of the overview takes until its text stands and the last long task is over. */
async function firstLoad() {
  const page = await fresh();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0, wire = 0;
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { wire += encodedDataLength; });
  await page.goto(appliance.address + '/?range=24h');
  await page.waitForSelector('main h2');
  await page.waitForTimeout(2000);
  const { interactive, paint } = await page.evaluate(() => {
    const nav = performance.getEntriesByType('navigation')[0], paints = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity;
    return { paint: paints, interactive: Math.max(nav.domInteractive, paints, ...window.__long.filter(([at]) => at < 1500).map(([at, took]) => at + took)) };
  });
  bytes = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name, startTime }) => /assets/.test(name) && startTime < 200).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0));
  say('first load', `interactive after ${interactive.toFixed(0)} ms, first paint ${paint.toFixed(0)} ms, ${bytes} bytes of script and style at first, ${wire} bytes with data and the pages fetched ahead`, interactive < 500);
  await page.context().close();
}

/** All charts of a page, from the navigation until the last one has its curves; the server and the browser's cache are warm. */
async function panels(name, path, count, limitMs, more = {}) {
  const page = await fresh(more);
  const took = [];
  for (let round = 0; round < 6; round++) {
    await page.goto('about:blank');
    await page.goto(appliance.address + path);
    took.push(await drawnAfter(page, count));
    await page.waitForTimeout(400);
  }
  await shot(page, name.replaceAll(/\W+/g, '-'));
  const [first, ...warm] = took;
  say(name, `${count} charts drawn after ${quantile(warm, 0.5).toFixed(0)} ms (median of ${warm.length}; best ${Math.min(...warm).toFixed(0)}, worst ${Math.max(...warm).toFixed(0)}, first visit ${first.toFixed(0)})`, limitMs === null || quantile(warm, 0.5) < limitMs);
  return page;
}

async function wander(page, selector, passes = 3) {
  const box = await page.locator(selector).first().boundingBox();
  for (let pass = 0; pass < passes; pass++)
    for (let i = 0; i <= 60; i++) await page.mouse.move(box.x + box.width * (pass % 2 ? 60 - i : i) / 60, box.y + box.height / 2);
}

async function hover(page, name, limitMs) {
  await page.waitForTimeout(1500);
  await wander(page, '.u-over', 1);
  const { busy, frames } = await frameTimes(page, () => wander(page, '.u-over'));
  const p95 = quantile(busy, 0.95);
  say(name, `main thread busy per frame: median ${quantile(busy, 0.5).toFixed(1)}, p95 ${p95.toFixed(1)}, longest ${Math.max(...busy).toFixed(1)} ms over ${frames} frames`, frames > 30 && p95 < limitMs);
}

/** From the request that brings a metric never seen to its row on the overview. */
async function arrival() {
  const page = await fresh();
  await page.goto(appliance.address + '/');
  await page.locator('.live.live').waitFor();
  await page.waitForTimeout(1000);
  const took = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await appliance.send(`/track/arrives_${i}`, '7');
    await page.locator('tr', { hasText: `arrives_${i}` }).waitFor();
    took.push(performance.now() - began);
  }
  say('own metric on the page', `${quantile(took, 0.5).toFixed(0)} ms after it was sent (worst of ${took.length}: ${Math.max(...took).toFixed(0)})`, Math.max(...took) < 2000);
  await page.context().close();
}

/** Live updates for as long as asked, a collection of garbage and a reading each minute. */
async function flat(path, minutes) {
  // Without watchDrawing, which keeps hold of each canvas.
  const page = await visit(browser, appliance, wide);
  await page.goto(appliance.address + path);
  const stop = feed(appliance, { metrics: 30, seriesEach: 4 });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const readings = [];
  for (let minute = 0; minute <= minutes; minute++) {
    await page.waitForTimeout(minute ? 60_000 : 30_000);
    const now = await memory(cdp);
    readings.push(now);
    say(`minute ${minute}`, `heap ${now.heapKb} KB, ${now.nodes} nodes, ${now.listeners} listeners`);
  }
  stop();
  const settled = readings.slice(Math.max(1, Math.floor(readings.length / 6)));
  const third = Math.max(1, Math.floor(settled.length / 3)), mean = (list, key) => list.reduce((sum, reading) => sum + reading[key], 0) / list.length;
  const grown = (key) => mean(settled.slice(-third), key) - mean(settled.slice(0, third), key);
  say('memory', `${path} over ${minutes} min: heap ${grown('heapKb').toFixed(0)} KB more, ${grown('nodes').toFixed(0)} nodes more, ${grown('listeners').toFixed(0)} listeners more (last third against first)`,
    grown('heapKb') < Math.max(512, mean(settled, 'heapKb') * 0.05) && grown('nodes') < 200 && page.wrong.length === 0);
  if (page.wrong.length) console.log(page.wrong.slice(0, 5));
  await page.context().close();
}

async function run() {
  await seedWeek(appliance, { metrics: 30, seriesEach: 4 });
  await seedRequests(appliance);
  if (wanted.has('first')) await firstLoad();
  if (wanted.has('arrival')) await arrival();
  const path = options.page ?? await saveDashboard('30 panels over a week', 30, 1);
  if (wanted.has('panels') || wanted.has('hover')) {
    const page = await panels(`${options.charts} panels over 7 days`, path, Number(options.charts), 500);
    if (wanted.has('hover')) await hover(page, `hover over ${options.charts} panels`, 16);
    await page.context().close();
  }
  if (wanted.has('crowd')) await crowd();
  if (wanted.has('memory')) await flat(path.replace('7d', '1h'), Number(options.minutes));
}

/** 50 panels of 20 series each, on a screen that is high enough to show them all: others wait until they are scrolled to. */
async function crowd() {
  await seedWeek(appliance, { metrics: 50, seriesEach: 20, stepMs: 600_000 });
  const page = await panels('50 panels of 20 series', await saveDashboard('50 panels of 20 series', 50, 1), 50, null, { height: 2200 });
  await hover(page, 'hover over 50 panels of 20 series', 16);
  await page.context().close();
}

appliance = await Appliance.start();
browser = await launch();
try {
  await run();
} finally {
  await browser.close();
  await appliance.stop();
}
if (wrong.length) { console.log(`does not hold: ${wrong.join(', ')}`); process.exitCode = 1; }
