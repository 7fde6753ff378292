// Headless Chromium, with everything that a page must not do written down.
import { chromium } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const deadlineMs = 30_000;

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

/**
 * A fresh visitor. `page.wrong` collects console errors, exceptions and requests to anybody but the appliance;
 * `welcomed` is a browser that has seen the first page before.
 */
export async function visit(browser, appliance, { theme = 'dark', width = 1280, height = 900, welcomed = true, motion = 'reduce' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: motion, permissions: ['clipboard-read', 'clipboard-write'] });
  if (welcomed) await context.addInitScript(() => localStorage.setItem('plimsoll.welcomed', '1'));
  const page = await context.newPage();
  page.setDefaultTimeout(deadlineMs);
  page.wrong = [];
  page.on('console', (message) => { if (message.type() === 'error') page.wrong.push(`console: ${message.text()} (${message.location().url})`); });
  page.on('pageerror', (error) => page.wrong.push(`exception: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== appliance.address && protocol !== 'data:' && protocol !== 'blob:') page.wrong.push(`foreign request: ${request.url()}`);
  });
  return page;
}

/** Opens a page of the appliance and waits until it stands. */
export async function open(page, appliance, path) {
  await page.goto(appliance.address + path);
  await page.waitForSelector('h1');
}

/** Ends the time to undo a deletion, and waits until the appliance has deleted. */
export const deleteNow = (page) => Promise.all([page.waitForResponse((response) => response.request().method() === 'DELETE'), page.getByRole('button', { name: 'Delete now' }).click()]);

/** How many pixels of a chart's canvas are not empty. */
export const inkOf = (canvas) => canvas.evaluate((element) => {
  const { data } = element.getContext('2d').getImageData(0, 0, element.width, element.height);
  let ink = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink++;
  return ink;
});

/** Asks the page until `check` holds. (Playwright's own waitForFunction needs eval, which the page's policy forbids.) */
export async function until(page, check, argument) {
  const end = Date.now() + deadlineMs;
  while (!(await page.evaluate(check, argument))) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${check}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
