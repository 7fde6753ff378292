import type { ComponentChildren } from 'preact';
import { levels, rules, type Level } from '../lib/alarms';
import { format } from '../lib/format';

const shown = 12, clip = 1.4, room = 1.42;
const place = (level: number): string => `${((Math.min(level, clip) / room) * 100).toFixed(2)}%`;

function Column({ entry }: { entry: Level }) {
  const { rule, unit, level, highest, over } = entry;
  const now = format(rule.value, unit), line = format(rule.threshold, unit);
  const state = over ? 'over' : level >= 0.8 ? 'near' : '';
  return (
    <a class={`column ${state}`} href={`/alerts/rules/${rule.id}`} title={`${rule.name}: ${now}, line at ${line}`}>
      <span class="tank" aria-hidden="true" style={{ '--level': place(level), '--rim': place(1) } as Record<string, string>}>
        {rule.value !== null && <i class="water" />}
        {level > 1 && <i class="spill" />}
        {highest !== null && <i class={`high${highest > 1 ? ' over' : ''}`} style={{ '--level': place(highest) } as Record<string, string>} />}
      </span>
      <span class="name">{rule.name}</span>
      <span class="now num">{now}</span>
      <span class="of num">of {line}</span>
      {over && <span class="unseen">, above its line</span>}
    </a>
  );
}

/** What stands while the alarms are on their way, as high as they will be. */
const Waiting = () => <span class="column" aria-hidden="true"><span class="tank" /><span class="name">&nbsp;</span><span class="now">&nbsp;</span><span class="of">&nbsp;</span></span>;

/** Every alarm as a column of water, scaled so that all thresholds lie on one common line. */
export function LoadStrip({ expected = false, children }: { expected?: boolean; children?: ComponentChildren }) {
  const all = levels.value, waits = rules.value === null;
  if (all.length === 0 && !(waits && expected)) return null;
  return (
    <section class="card load" aria-label="Load: every alarm against its line">
      <header>
        <h2>Load</h2><p>each column is one alarm, measured against its own line</p><span class="grow" />
        <span class="legend"><i class="k-high" />highest in 24 h</span><span class="legend"><i class="k-water" />now</span>{children}
      </header>
      <div class={`hull${all.length < 5 && !waits ? ' few' : ''}`}>
        <div class="waterline" aria-hidden="true">
          <svg width="30" height="18" viewBox="0 0 30 18"><circle cx="15" cy="9" r="6" /><path d="M3 9h24" /></svg>
        </div>
        {waits ? <Waiting /> : all.slice(0, shown).map((entry) => <Column key={entry.rule.id} entry={entry} />)}
      </div>
      {all.length > shown && <a class="more" href="/alerts/rules">+ {all.length - shown} lower</a>}
    </section>
  );
}
