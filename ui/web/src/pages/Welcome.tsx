import { session } from '../lib/api';
import { flipTheme } from '../lib/prefs';
import { useTitle } from '../lib/hooks';
import { Icon, Mark } from '../parts/icons';
import { FirstHost } from './welcome/FirstHost';
import { FirstLine } from './welcome/FirstLine';
import { FirstMetric } from './welcome/FirstMetric';
import { FirstPassword } from './welcome/FirstPassword';

/** The first run: a chart before any decision. Every step can be skipped. */
export function Welcome() {
  useTitle('Welcome');
  return (
    <div class="bare">
      <a class="skip" href="#main">Skip to the content</a>
      <header class="top">
        <a class="brand" href="/"><Mark /><b>Plimsoll</b></a><span class="grow" />
        <button type="button" class="icon-button" onClick={flipTheme} aria-label="Light or dark"><Icon name="theme" /></button>
      </header>
      <main id="main" class="welcome" tabIndex={-1}>
        <div class="hello">
          <h1>It is already measuring.</h1>
          <p>These are the last minutes of <b>{session.value?.host ?? 'this machine'}</b>, the machine Plimsoll runs on. Nothing to set up.</p>
        </div>
        <FirstHost />
        <ol class="steps"><FirstMetric /><FirstPassword /><FirstLine /></ol>
        <p class="skip-line"><a href="/">Skip, take me to the overview</a></p>
      </main>
    </div>
  );
}
