import { useState } from 'preact/hooks';
import { fullTime, utc } from '../../lib/format';
import { setShortcuts, setTheme, shortcutsOn, theme, type Theme } from '../../lib/prefs';
import { browserZone, isZone, setZone, zone } from '../../lib/zone';

const themes: [Theme, string][] = [['system', 'As the system'], ['dark', 'Dark'], ['light', 'Light']];

/** Names of zones that this browser knows; older ones tell none. */
const zones = (): string[] => (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? [];

/** Whose clock all pages show. */
function Zone() {
  const [text, setText] = useState(zone.value === 'browser' || zone.value === 'UTC' ? '' : zone.value), [wrong, setWrong] = useState('');
  const [named, setNamed] = useState(text !== '');
  const choose = (name: string): void => { setNamed(false); setWrong(''); setZone(name); };
  const typed = (name: string): void => {
    setText(name);
    setWrong('');
    if (name.includes('/') && isZone(name)) setZone(name);
  };
  const left = (): void => { if (text && !isZone(text)) setWrong(`“${text}” is no time zone. Try Europe/Berlin.`); else if (text) setZone(text); };
  const now = Date.now();
  return (
    <div class="card pad">
      <h2>Time zone</h2>
      <div class="segments tall" role="group" aria-label="Time zone">
        <button type="button" aria-pressed={!named && zone.value === 'browser'} onClick={() => choose('browser')}>Of this browser</button>
        <button type="button" aria-pressed={!named && zone.value === 'UTC'} onClick={() => choose('UTC')}>UTC</button>
        <button type="button" aria-pressed={named} onClick={() => setNamed(true)}>Another</button>
      </div>
      {named && <div class="field"><label for="zone-name">Name</label><input id="zone-name" type="text" list="zones" value={text} placeholder="Europe/Berlin" autocomplete="off" spellcheck={false} aria-invalid={wrong ? true : undefined} aria-describedby="zone-wrong" onInput={(event) => typed(event.currentTarget.value)} onBlur={left} />
        <datalist id="zones">{zones().map((name) => <option key={name} value={name} />)}</datalist><span class="wrong" id="zone-wrong" role="alert">{wrong}</span></div>}
      <p class="mut small-text num" title={utc(now)}>It is {fullTime(now)}{zone.value === 'browser' && `, ${browserZone()}`}. Times show UTC on hover.</p>
    </div>
  );
}

export function Appearance() {
  return (
    <section class="narrow" aria-label="Appearance">
      <div class="card pad">
        <h2>Theme</h2>
        <div class="segments tall" role="group" aria-label="Theme">
          {themes.map(([name, text]) => <button type="button" key={name} aria-pressed={theme.value === name} onClick={() => setTheme(name)}>{text}</button>)}
        </div>
        <label class="tick"><input type="checkbox" checked={shortcutsOn.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />Keyboard shortcuts (press ? for the list)</label>
      </div>
      <Zone />
    </section>
  );
}
