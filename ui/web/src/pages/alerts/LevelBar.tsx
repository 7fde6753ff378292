import { levelOf } from '../../lib/alarms';
import type { Rule } from '../../lib/types';

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
