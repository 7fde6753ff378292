// Draws the pictures of the README anew: a real appliance, a day of demo data, the page in Chromium, the window offscreen.
//   node pictures.mjs [FOLDER]        (after tests/e2e/run has fetched what it needs; default ui/pictures)
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Appliance, binary } from './support/appliance.mjs';
import { launch, open, visit } from './support/browser.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, '../../ui/pictures'));
const settleMs = 12_000;

const shots = [
  { name: 'overview-dark', path: '/?range=24h', theme: 'dark', width: 1440, height: 900 },
  { name: 'overview-light', path: '/?range=24h', theme: 'light', width: 1440, height: 900 },
  { name: 'overview-phone', path: '/?range=24h', theme: 'dark', width: 390, height: 844 },
  { name: 'explore-dark', path: '/explore?range=24h&q=' + encodeURIComponent('histogram_quantile(0.95, sum by (route) (increase(http_request_duration_seconds[10m])))'), theme: 'dark', width: 1440, height: 900 },
  { name: 'alarms-light', path: '/alerts/rules', theme: 'light', width: 1440, height: 900 },
  { name: 'welcome-light', path: '/welcome', theme: 'light', width: 1440, height: 900 },
];

mkdirSync(folder, { recursive: true });
const appliance = await Appliance.start();
const browser = await launch();
try {
  execFileSync('/usr/bin/python3', [join(here, 'demo.py'), appliance.address], { stdio: 'inherit' });
  for (const { name, path, theme, width, height } of shots) {
    const page = await visit(browser, appliance, { theme, width, height });
    await open(page, appliance, path);
    await page.waitForTimeout(settleMs);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
    if (page.wrong.length) console.log(name, page.wrong);
  }
  execFileSync(binary, ['desktop', '--connect', appliance.address, '--theme', 'dark', '--screenshot', join(folder, 'window-dark.png')],
    { stdio: 'inherit', env: { ...process.env, QT_QPA_PLATFORM: 'offscreen' } });
} finally {
  await browser.close();
  await appliance.stop();
}
