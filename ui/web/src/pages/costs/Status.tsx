import type { Rule } from '../../lib/types';
import type { Tone } from '../../parts/icons';
import { Sentence } from '../../parts/Sentence';
import type { Budget, Period } from './budget';
import type { Month } from './calendar';
import { endOf, type Forecast } from './forecast';
import { about, asNumber, inCents, lineText, nanoOf, type Nano } from './money';

export interface StatusProps {
  month: Month;
  now: boolean;
  today: Nano;
  spent: Nano;
  day: Forecast;
  rest: Forecast;
  budgets: Partial<Record<Period, Budget>>;
}

const window: Record<Period, string> = { day: '24 hours', month: '30 days' };

/** The budget whose alarm fires now: its window slides, so its figure is its own. */
const fired = (budgets: StatusProps['budgets']): Budget | undefined => Object.values(budgets).find(({ rule }) => rule.state === 'firing');

/** After a start the figure is not known until the alarm was evaluated. */
const value = (rule: Rule): string => (rule.value === null ? 'The spend' : inCents(nanoOf(rule.value)));

function tone({ budgets, day, rest }: StatusProps): Tone {
  if (fired(budgets)) return 'bad';
  if (!budgets.day && !budgets.month) return 'plain';
  const over = (endOf(day)?.mid ?? 0) > (budgets.day?.amount ?? Infinity) || (endOf(rest)?.mid ?? 0) > (budgets.month?.amount ?? Infinity);
  return over ? 'warn' : 'ok';
}

function title(props: StatusProps): string {
  const { budgets } = props, over = fired(budgets);
  if (over) return `${value(over.rule)} in ${window[over.period]}${over.rule.value === null ? ' is' : ','} above the line of ${lineText(over.amount)}.`;
  return `${ofToday(props)}${budgets.day ? ` The line is at ${lineText(budgets.day.amount)}.` : ''}`;
}

function ofToday({ today, day }: StatusProps): string {
  const end = endOf(day);
  return `${inCents(today)} today${end && end.mid > asNumber(today) ? `, on the way to ${about(end.mid)}` : ''}.`;
}

function ofMonth({ month, spent, rest, budgets }: StatusProps): string {
  const end = endOf(rest);
  const range = end && rest.weeks > 1 ? ` (${about(end.low)} to ${about(end.high)})` : '';
  const line = budgets.month ? ` The line of the month is at ${lineText(budgets.month.amount)}.` : '';
  return `${inCents(spent)} in ${month.name.split(' ')[0]}${end ? `, on the way to ${about(end.mid)}${range}` : ''}.${line}`;
}

/** What was spent and where it is going, in words. */
export function Status(props: StatusProps) {
  const { month, spent, now } = props;
  if (!now) return <Sentence tone="plain" title={`${inCents(spent)} in ${month.name}.`} />;
  return <Sentence tone={tone(props)} title={title(props)}>{fired(props.budgets) && `${ofToday(props)} `}{ofMonth(props)}</Sentence>;
}
