import { alarmsError, levelOf, loadAlarms, opWord, rules, valueText } from '../../lib/alarms';
import { can, api } from '../../lib/api';
import type { Rule } from '../../lib/types';
import { gone, leave } from '../../lib/undo';
import { Trouble } from '../../parts/Sentence';

const words: Record<Rule['state'], string> = { inactive: 'below', pending: 'pending', firing: 'firing', error: 'error', disabled: 'off' };
const tones: Record<Rule['state'], string> = { inactive: 'ok', pending: 'warn', firing: 'bad', error: 'warn', disabled: 'off' };

/** A level against its line, which stands at 71 % of the bar's width, as in the load strip. */
export function LevelBar({ rule }: { rule: Rule }) {
  const level = levelOf(rule.value, rule), highest = levelOf(rule.highest, rule);
  const at = (value: number): string => `${((Math.min(value, 1.4) / 1.4) * 100).toFixed(1)}%`;
  if (level === null) return <span class="mut">–</span>;
  return (
    <span class="level" role="img" aria-label={`${Math.round(level * 100)} % of its line`}>
      <i class={rule.state === 'firing' ? 'over' : level >= 0.8 ? 'near' : ''} style={{ width: at(level) }} />
      {highest !== null && <u style={{ left: at(highest) }} />}
      <b />
    </span>
  );
}

const disk = { name: 'Disk above 90 %', expr: 'host_disk_used_ratio', op: '>', threshold: '0.9' };
const memory = { name: 'Memory above 90 %', expr: 'host_memory_used_ratio', op: '>', threshold: '0.9' };
const processor = { name: 'CPU above 85 %', expr: 'avg_over_time(host_cpu_usage_ratio[5m])', op: '>', threshold: '0.85' };

function Ready() {
  return (
    <div class="card pad ready">
      <h2>Three to start with</h2>
      <p class="mut">They suit every machine. Each opens with the last days, so that you see what it would have done.</p>
      <ul>{[disk, memory, processor].map((alarm) => <li key={alarm.name}><a class="btn" href={`/alerts/new?${new URLSearchParams(alarm)}`}>{alarm.name}</a></li>)}</ul>
    </div>
  );
}

/** All alarms, row by row, each against its own line. */
export function AlarmList() {
  if (alarmsError.value && !rules.value) return <Trouble error={alarmsError.value} retry={() => void loadAlarms()} />;
  if (!rules.value) return null;
  const shown = rules.value.filter(({ id }) => !gone.value.has(id)).sort((a, b) => (levelOf(b.value, b) ?? -1) - (levelOf(a.value, a) ?? -1));
  if (shown.length === 0) return <Ready />;
  const remove = (rule: Rule): void => leave(rule.id, `Alarm ${rule.name}`, async () => {
    await api(`/api/app/rules/${rule.id}`, { method: 'DELETE' });
    await loadAlarms();
  });
  return (
    <div class="card">
      <table class="table tall-rows">
        <thead><tr><th scope="col">Alarm</th><th scope="col" class="level-cell">Against its line</th><th scope="col" class="right">Is</th><th scope="col" class="right not-phone">Line</th><th scope="col" class="not-phone">State</th><th scope="col"><span class="unseen">Delete</span></th></tr></thead>
        <tbody>{shown.map((rule) => (
          <tr key={rule.id}>
            <td><i class={`dot ${tones[rule.state]}`} aria-hidden="true" /><span class="stacked"><a class="row-link" href={`/alerts/rules/${rule.id}`}><b>{rule.name}</b></a><span class="mono mut cut">{rule.expr}</span></span></td>
            <td class="level-cell"><LevelBar rule={rule} /></td>
            <td class={`right num${rule.state === 'firing' ? ' bad-text' : ''}`}>{valueText(rule, rule.value)}</td>
            <td class="right num not-phone">{rule.threshold === undefined ? '–' : `${opWord(rule.op)} ${valueText(rule, rule.threshold)}`}</td>
            <td class="not-phone" title={rule.error ?? ''}>{words[rule.state]}{rule.state !== 'disabled' && rule.channels.length === 0 && <span class="mut"> · tells nobody</span>}</td>
            <td class="right"><button type="button" class="link quiet" disabled={!can('edit')} title={can('edit') ? '' : 'Needs the edit role'} aria-label={`Delete ${rule.name}`} onClick={() => remove(rule)}>Delete</button></td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
