import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { Appliance } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';
import { pagesOf } from './support/pages.mjs';
import { makeWorld, startSite } from './support/world.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let appliance, browser, site, pages;

before(async () => {
  [appliance, browser, site] = await Promise.all([Appliance.start(), launch(), startSite()]);
  pages = pagesOf(await makeWorld(appliance, site));
});
after(async () => { await browser?.close(); await appliance?.stop(); site?.stop(); });

/** What was found already, so that a fault of the frame is said once. */
let told;

/** Every rule that is on by default, best practice too, of every severity. */
async function violations(page, where) {
  const found = await page.evaluate(() => window.axe.run(document));
  return found.violations.flatMap(({ id, impact, nodes }) => nodes.slice(0, 4).filter(({ html }) => !told.has(id + html) && told.add(id + html))
    .map(({ html, any }) => `${where}: ${id} (${impact}): ${html}: ${any.map(({ message }) => message).join(' ')}`));
}

/** The same page in both themes: what differs between them are colours alone. */
async function both(page, where) {
  const wrong = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    wrong.push(...await violations(page, `${where}, ${colorScheme}`));
  }
  return wrong;
}

async function look(page, { name, path, ready, opens = [] }) {
  const wrong = [];
  await open(page, appliance, path);
  await page.locator(ready).first().waitFor();
  await page.waitForTimeout(250);
  // evaluate() is not subject to the page's policy, as a script element would be.
  await page.evaluate(axe);
  wrong.push(...await both(page, name));
  if (await page.locator('h1').count() !== 1) wrong.push(`${name} has not one h1`);
  for (const popover of opens) {
    await popover.open(page);
    await popover.ready(page);
    wrong.push(...await both(page, `${name}, ${popover.name}`));
    await popover.close?.(page);
  }
  return wrong;
}

async function sweep(page, wanted) {
  told = new Set();
  const wrong = [];
  for (const one of wanted) wrong.push(...await look(page, one).catch((error) => [`${one.name}: ${error.message}`]));
  return wrong;
}

test('axe finds nothing on any page, nor in what opens on it, in either theme', async () => {
  const page = await visit(browser, appliance);
  assert.deepEqual(await sweep(page, pages), []);
  assert.deepEqual(page.wrong.filter((what) => !/40[04]/.test(what)), []);
  await page.context().close();
});

const sheet = { name: 'metrics', open: (page) => page.getByRole('button', { name: /^(Metric |Pick a metric)/ }).first().click(), ready: (page) => page.locator('.metric-sheet .metric').first().waitFor(), close: (page) => page.keyboard.press('Escape') };

test('axe finds nothing on a phone', async () => {
  const page = await visit(browser, appliance, { width: 390, height: 844 });
  const few = ['overview', 'explore', 'alarm-new', 'health', 'alerts', 'keys', 'alarms', 'silences', 'prices', 'costs', 'welcome', 'login', 'status-page'];
  assert.deepEqual(await sweep(page, pages.filter(({ name }) => few.includes(name)).map((one) => ({ ...one, opens: one.name === 'explore' ? [sheet] : [] }))), []);
  await page.context().close();
});
