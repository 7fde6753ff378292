import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { rules } from '../lib/alarms';
import { needs } from '../lib/api';
import { useLoad } from '../lib/hooks';
import { search, setSearch } from '../lib/router';
import { useKey } from '../lib/rows';
import { zone, zoneName } from '../lib/zone';
import { Trouble } from '../parts/Sentence';
import { Shell } from '../parts/Shell';
import { budgetsIn, type Period } from './costs/budget';
import { BurnUp } from './costs/BurnUp';
import { monthOf, midnightOf, nextMidnight, stepMonth, type Month as MonthOf } from './costs/calendar';
import { DayBars } from './costs/DayBars';
import { forecast, type Hours } from './costs/forecast';
import { Margin } from './costs/Margin';
import { asNumber, sumOf } from './costs/money';
import { NoCalls } from './costs/NoCalls';
import { SetBudget } from './costs/SetBudget';
import { Status } from './costs/Status';
import { Unpriced } from './costs/Unpriced';
import { Uses } from './costs/Uses';
import { labelsOf, useDays, useHours, useReport, useUnpriced, type Days, type Report } from './costs/useCosts';

function MonthStepper({ month }: { month: MonthOf }) {
  const now = Date.now() < month.toMs;
  const go = (by: number): void => { const key = stepMonth(month, by); setSearch({ month: key === monthOf(null, Date.now()).key ? null : key }); };
  useKey('[', () => go(-1), 'Month before');
  useKey(']', () => { if (!now) go(1); }, 'Month after');
  useKey('b', () => document.querySelector<HTMLElement>('[data-budget]')?.click(), 'Set or edit the budget');
  return (
    <div class="month-row">
      <button type="button" class="btn small" aria-label="The month before" onClick={() => go(-1)}>‹</button><b>{month.name}</b>
      <button type="button" class="btn small" aria-label="The month after" disabled={now} onClick={() => go(1)}>›</button>
      <span class="mut small-text">Days and months of {zoneName()}{zone.value === 'browser' ? ', the zone of this browser' : ', as set under Appearance'}.</span>
    </div>
  );
}

/** The labels that calls carry, for splitting them. */
function useFeatures(month: MonthOf): string[] {
  const found = useLoad(() => labelsOf('llm_calls_total', month.fromMs), 300_000, month.key).data ?? [];
  return found.filter((name) => name !== 'provider' && name !== 'model').sort((a, b) => Number(b === 'endpoint') - Number(a === 'endpoint') || a.localeCompare(b));
}

const chosen = (name: string, known: string[], usual: string): string => { const asked = search.value.get(name); return asked && (known.includes(asked) || known.length === 0) ? asked : usual; };

interface Drawn { report: Report; days: Days }

/** The newest pair of one month: what stands on the page until the next pair is whole. */
function useDrawn(report: Report | null, days: Days | null): Drawn | null {
  const last = useRef<Drawn | null>(null);
  if (report && days && report.month.key === days.month.key) last.current = { report, days };
  return last.current;
}

interface FiguresProps { month: MonthOf; adding: Period | null; add: (period: Period | null) => void }

function Figures({ month, adding, add }: FiguresProps) {
  const features = useFeatures(month), feature = chosen('feature', features, features[0] ?? 'endpoint'), splits = ['provider', 'model', ...features];
  const report = useReport(month, feature), days = useDays(month, chosen('split', splits, 'model')), hours = useHours(), unpriced = useUnpriced(month);
  const changed = (): void => { report.reload(); days.reload(); hours.reload(); unpriced.reload(); };
  const drawn = useDrawn(report.data, days.data), error = report.error ?? days.error ?? hours.error ?? unpriced.error, models = unpriced.data ?? [];
  const form = adding && <SetBudget key={adding} period={adding} done={() => add(null)} />;
  if (!drawn || (!hours.data && !hours.error)) return error ? <Trouble error={error} retry={changed} /> : <div class="waiting loading" aria-busy="true" />;
  if (drawn.report.uses.length === 0 && models.length === 0 && !search.value.has('month')) return <>{form}<NoCalls /></>;
  return (
    <Month drawn={drawn} hours={hours.data ?? new Map<number, number>()} error={error} retry={changed} features={features} splits={splits} stepper={<MonthStepper month={month} />} add={add}
      form={form} unpriced={<Unpriced models={models} changed={changed} />} waits={drawn.report.month.key !== month.key} />
  );
}

interface MonthProps {
  drawn: Drawn;
  hours: Hours;
  error: { message: string; hint: string } | null;
  retry: () => void;
  features: string[];
  splits: string[];
  stepper: ComponentChildren;
  form: ComponentChildren;
  unpriced: ComponentChildren;
  waits: boolean;
  add: (period: Period) => void;
}

/** The page for the month that is loaded. */
function Month({ drawn: { report, days }, hours, error, retry, features, splits, stepper, form, unpriced, waits, add }: MonthProps) {
  const nowMs = Date.now(), { month, feature, uses } = report, totals = month.days.slice(0, -1).map((_, i) => sumOf(days.splits.map((each) => each.days[i]!)));
  const spent = sumOf(totals), today = totals[month.days.indexOf(midnightOf(nowMs))] ?? 0n, budgets = budgetsIn(rules.value ?? []);
  const day = forecast(hours, asNumber(today), nowMs, nextMidnight(nowMs)), rest = forecast(hours, asNumber(spent), nowMs, month.toMs);
  return (
    <>
      <Status month={month} now={nowMs < month.toMs} today={today} spent={spent} day={day} rest={rest} budgets={budgets} />
      {error && <Trouble error={error} retry={retry} />}
      {form}{unpriced}{stepper}
      {uses.length === 0 ? <p class="empty">No calls in {month.name}.</p> : (
        <div class={`cost-grid${waits ? ' loading' : ''}`}>
          <DayBars month={month} nowMs={nowMs} splits={days.splits} label={days.label} labels={splits} budget={budgets.day} add={() => add('day')} />
          <BurnUp month={month} nowMs={nowMs} days={totals} rest={rest} budget={budgets.month} add={() => add('month')} />
          <Uses uses={uses} feature={feature} features={features.length ? features : [feature]} month={month.key} />
          <Margin month={month} />
        </div>
      )}
    </>
  );
}

/** What language models cost, for what, and where it is going. */
export function Costs() {
  const [adding, setAdding] = useState<Period | null>(null);
  const month = monthOf(search.value.get('month'), Date.now()), budgets = budgetsIn(rules.value ?? []), first = budgets.day ?? budgets.month;
  const action = first ? <a class="btn" data-budget href={`/alerts/rules/${first.rule.id}`}>Edit budget</a>
    : <button type="button" class="btn primary" data-budget {...needs('edit')} aria-expanded={adding !== null} onClick={() => setAdding(adding ? null : 'day')}>Set budget</button>;
  return <Shell title="Costs" actions={action}><Figures month={month} adding={adding} add={setAdding} /></Shell>;
}
