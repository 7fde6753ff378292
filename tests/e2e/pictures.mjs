// Pictures of the pages: a real appliance, a day of demo data and one of everything, the page in Chromium.
//   node pictures.mjs FOLDER [NAME …]     every page (or those named) dark, light and on a phone, into FOLDER
//   node pictures.mjs --readme            those of the README, into ui/pictures
// Run it after tests/e2e/run has fetched what it needs. Pictures are made small where pngquant is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Appliance, binary } from './support/appliance.mjs';
import { launch, visit } from './support/browser.mjs';
import { pagesOf } from './support/pages.mjs';
import { makeWorld, startSite } from './support/world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [target = '', ...named] = process.argv.slice(2);
const forReadme = target === '--readme';
if (!target) throw new Error('Where to? node pictures.mjs FOLDER, or node pictures.mjs --readme');
const folder = forReadme ? join(here, '../../ui/pictures') : resolve(target);

const desk = { width: 1440, height: 900 }, phone = { width: 390, height: 844 };
const looks = [{ look: 'dark', theme: 'dark', ...desk }, { look: 'light', theme: 'light', ...desk }, { look: 'phone', theme: 'dark', ...phone, fullPage: true }];
/** Charts answer at different times, and the first picture after a start waits longest. */
const readyMs = 60_000, settleMs = 1500;

const p95 = encodeURIComponent('histogram_quantile(0.95, sum by (route) (rate(http_request_duration_seconds[5m])))');
const readme = [
  { name: 'overview-dark', path: '/?range=24h', ready: '.figure', theme: 'dark', ...desk },
  { name: 'overview-phone', path: '/?range=24h', ready: '.figure', theme: 'dark', ...phone },
  { name: 'explore-dark', path: `/explore?range=24h&q=${p95}`, ready: '.legend-card tbody tr', theme: 'dark', ...desk },
];
const asRead = { overview: '/?range=24h', explore: `/explore?range=24h&q=${p95}` };

/** Whatever is still being asked for shows a bar: the picture waits for it to go. */
async function settled(page, ready) {
  await page.locator(ready).first().waitFor({ timeout: readyMs });
  await page.waitForTimeout(settleMs);
  await page.locator('.loading').first().waitFor({ state: 'detached', timeout: readyMs }).catch(() => undefined);
  await page.waitForTimeout(settleMs / 3);
}

async function draw(browser, appliance, { name, path, ready, theme, width, height, fullPage = false }) {
  const page = await visit(browser, appliance, { theme, width, height });
  try {
    await page.goto(appliance.address + path);
    await settled(page, ready);
    // The tabs at the foot of a phone would lie across a page that is longer than it.
    if (fullPage) await page.evaluate(() => document.querySelector('.tabs')?.style.setProperty('position', 'static'));
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
    const wrong = page.wrong.filter((what) => !/\b4\d\d\b/.test(what));
    console.log(name, wrong.length ? wrong : 'drawn');
  } catch (error) {
    console.log(name, `NOT DRAWN: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  }
  await page.context().close();
}

/** A 256-colour picture of a page shows no difference, at a third of the size. */
function shrink() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.png')).map((name) => join(folder, name));
  if (spawnSync('pngquant', ['--version']).status === 0) spawnSync('pngquant', ['--force', '--ext', '.png', '--skip-if-larger', '--', ...files]);
}

mkdirSync(folder, { recursive: true });
const appliance = await Appliance.start(), browser = await launch(), site = await startSite();
try {
  execFileSync('/usr/bin/python3', [join(here, 'demo.py'), appliance.address], { stdio: 'inherit' });
  const world = forReadme ? null : await makeWorld(appliance, site);
  const pages = forReadme ? readme : pagesOf(world).filter(({ name }) => named.length === 0 || named.includes(name))
    .flatMap(({ name, path, ready }) => looks.map((look) => ({ ...look, name: `${name}-${look.look}`, path: asRead[name] ?? path, ready })));
  for (const each of pages) await draw(browser, appliance, each);
  if (forReadme)
    execFileSync(binary, ['desktop', '--connect', appliance.address, '--theme', 'dark', '--screenshot', join(folder, 'window-dark.png')], { stdio: 'inherit', env: { ...process.env, QT_QPA_PLATFORM: 'offscreen' } });
  shrink();
} finally {
  await browser.close();
  site.stop();
  await appliance.stop();
}
