import { session } from '../../lib/api';
import { dateTime } from '../../lib/format';
import { setShortcuts, setTheme, shortcutsOn, theme, type Theme } from '../../lib/prefs';

const themes: [Theme, string][] = [['system', 'As the system'], ['dark', 'Dark'], ['light', 'Light']];

export function Appearance() {
  const here = session.value;
  return (
    <section class="narrow" aria-label="Appearance">
      <div class="card pad">
        <h2>Theme</h2>
        <div class="segments tall" role="group" aria-label="Theme">
          {themes.map(([name, text]) => <button type="button" key={name} aria-pressed={theme.value === name} onClick={() => setTheme(name)}>{text}</button>)}
        </div>
        <label class="tick"><input type="checkbox" checked={shortcutsOn.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />Keyboard shortcuts (press ? for the list)</label>
      </div>
      {here && (
        <div class="card pad"><h2>About</h2>
          <dl class="facts"><div><dt>Version</dt><dd class="num">{here.version}</dd></div><div><dt>Project</dt><dd>{here.project}</dd></div><div><dt>Runs on</dt><dd>{here.host}</dd></div><div><dt>Started</dt><dd class="num">{dateTime(here.started_ms)}</dd></div></dl>
        </div>
      )}
    </section>
  );
}
