// Lighthouse over the pages that are opened first, as a phone and as a desktop: 95 or more in each of its four categories.
//   npm ci && node run.mjs [--only overview,explore,login] [--form mobile] [--save FOLDER]       (PLIMSOLL_BIN as for tests/e2e; Chromium as in CHROMIUM or /usr/bin/chromium)
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch as launchChrome } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';
import { Appliance } from '../../../e2e/support/appliance.mjs';
import { makeWorld, startSite } from '../../../e2e/support/world.mjs';

const least = 0.95, password = 'a line on the hull';
const pages = { overview: '/?range=1h', explore: '/explore?range=1h&q=queue_age_seconds', login: '/login' };
const { values: options } = parseArgs({ options: { only: { type: 'string', default: 'overview,explore,login' }, form: { type: 'string', default: 'mobile,desktop' }, save: { type: 'string' } } });
const save = options.save, wanted = options.only.split(','), forms = options.form.split(',');
let failed = false;

const appliance = await Appliance.start(), site = await startSite();
const chrome = await launchChrome({ chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic'] });

/** The first visit of all leads to /welcome, which is not what is measured: this browser has been here before. */
async function visitOnce() {
  const at = `http://127.0.0.1:${chrome.port}/json`;
  const { id } = await (await fetch(`${at}/new?${encodeURIComponent(`${appliance.address}/`)}`, { method: 'PUT' })).json();
  const urlOf = async () => (await (await fetch(`${at}/list`)).json()).find((tab) => tab.id === id)?.url ?? '';
  for (const until = Date.now() + 30_000; !(await urlOf()).endsWith('/welcome');) {
    if (Date.now() > until) throw new Error('the first visit did not lead to /welcome');
    await new Promise((done) => { setTimeout(done, 100); });
  }
  await new Promise((done) => { setTimeout(done, 2000); });
  await fetch(`${at}/close/${id}`);
}

async function measure(name, path, form) {
  const flags = { port: chrome.port, logLevel: 'error', output: 'json', disableStorageReset: true };
  const { lhr } = await lighthouse(appliance.address + path, flags, form === 'desktop' ? desktopConfig : undefined);
  if (new URL(lhr.finalDisplayedUrl).pathname !== path.split('?')[0]) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
  const scores = Object.entries(lhr.categories).map(([id, { score }]) => `${id} ${Math.round(score * 100)}`);
  const below = Object.values(lhr.categories).some(({ score }) => score < least);
  const figures = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index'].map((id) => `${id} ${lhr.audits[id].displayValue}`);
  const costs = Object.values(lhr.categories).flatMap(({ auditRefs }) => auditRefs).filter(({ weight }) => weight > 0).map(({ id }) => lhr.audits[id]).filter(({ score }) => score !== null && score < 0.9);
  console.log(`${below ? '✗ ' : '  '}${name}, ${form}: ${scores.join(', ')}; ${figures.join(', ')}`);
  for (const { id, title, displayValue } of costs) console.log(`      ${id}: ${title} ${displayValue ?? ''}`);
  if (save) { mkdirSync(save, { recursive: true }); writeFileSync(join(save, `${name}-${form}.json`), JSON.stringify(lhr)); }
  failed ||= below;
}

try {
  await makeWorld(appliance, site);
  await visitOnce();
  for (const form of forms)
    for (const name of ['overview', 'explore'].filter((each) => wanted.includes(each))) await measure(name, pages[name], form);
  await fetch(`${appliance.address}/api/app/password`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password }) });
  for (const form of forms.filter(() => wanted.includes('login'))) await measure('login', pages.login, form);
} finally {
  chrome.kill();
  site.stop();
  await appliance.stop();
}
if (failed) process.exitCode = 1;
