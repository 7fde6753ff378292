import { needs } from '../../lib/api';
import type { Budget } from './budget';
import { lineText } from './money';

/** The line of a chart: a way to its alarm, or to draw one. */
export function LineLink({ budget, word, add }: { budget: Budget | undefined; word: string; add: () => void }) {
  if (budget) return <a class="link" href={`/alerts/rules/${budget.rule.id}`} aria-label={`line ${lineText(budget.amount)}: edit the ${word} budget`}>line {lineText(budget.amount)}</a>;
  return <button type="button" class="link" {...needs('edit')} aria-label={`draw a line here: set a ${word} budget`} onClick={add}>draw a line here</button>;
}
