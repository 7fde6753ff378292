import { can } from '../../lib/api';
import { levelOf, rules, valueText } from '../../lib/alarms';
import { isAbout } from './model';

const stateWord: Record<string, string> = { firing: 'firing', pending: 'about to fire', error: 'cannot be evaluated', disabled: 'off' };

/** The alarms whose expression names the route. */
export function AlarmsOn({ method, route, alarm }: { method: string; route: string; alarm: string }) {
  const about = (rules.value ?? []).filter(({ expr }) => isAbout(expr, { method, route }));
  const editor = can('edit');
  return (
    <section class="card" aria-label="Alarms on it">
      <header><h2>Alarms on it</h2><span class="grow" />{about.length > 0 && editor && <a class="link" href={alarm}>Set alarm</a>}</header>
      {about.length === 0 ? (
        <p class="empty">Nothing watches this route. {editor ? <a class="link" href={alarm}>Set alarm</a> : <span class="mut">Setting one needs the edit role.</span>}</p>
      ) : (
        <table class="table">
          <thead><tr><th scope="col">Alarm</th><th scope="col" class="not-narrow">Level</th><th scope="col" class="right">Now</th></tr></thead>
          <tbody>{about.map((rule) => {
            const level = levelOf(rule.value, rule);
            return (
              <tr key={rule.id}>
                <td class="route"><a class="row-link" href={`/alerts/rules/${rule.id}`}>{rule.name}</a>{stateWord[rule.state] && <span class={`tag${rule.state === 'firing' || rule.state === 'error' ? ' bad' : ''}`}>{stateWord[rule.state]}</span>}</td>
                <td class="not-narrow">{level === null ? <span class="mut">no value yet</span> : <span class="level" aria-hidden="true"><i class={level > 1 ? 'over' : level >= 0.8 ? 'near' : ''} style={{ width: `${Math.min(100, level * 71.43)}%` }} /><b /></span>}</td>
                <td class="right num">{valueText(rule, rule.value)}<span class="mut"> {rule.threshold === undefined ? '' : `of ${valueText(rule, rule.threshold)}`}</span></td>
              </tr>
            );
          })}</tbody>
        </table>
      )}
    </section>
  );
}
