import { api } from '../../lib/api';
import { opWord } from '../../lib/alarms';
import { format } from '../../lib/format';
import { fnLabel, recognise, unitOfExpr } from '../../lib/promql';
import type { Op, Rule } from '../../lib/types';

/** An alarm while it is being written. */
export interface Draft {
  name: string;
  expr: string;
  op: Op;
  /** Null until somebody, or the data, says how high. */
  threshold: number | null;
  for: string;
  severity: Rule['severity'];
  /** A second, worse line; null for none. */
  critical: { threshold: number; for: string } | null;
  keepFiringFor: string;
  noData: NonNullable<Rule['no_data']>;
  channels: string[];
  /** Ids of alarms and checks while which this one keeps quiet. */
  dependsOn: string[];
  enabled: boolean;
}

export const emptyDraft: Draft = { name: '', expr: '', op: '>', threshold: null, for: '5m', severity: 'warning', critical: null, keepFiringFor: '', noData: 'ok', channels: [], dependsOn: [], enabled: true };

export function draftOf(rule: Rule): Draft {
  const worse = rule.levels && rule.levels.length > 1 ? rule.levels.find(({ severity }) => severity === 'critical') : undefined;
  return {
    name: rule.name, expr: rule.expr, op: rule.op ?? '>', threshold: rule.threshold ?? null, for: rule.for, severity: rule.severity, channels: rule.channels, enabled: rule.enabled,
    critical: worse?.threshold === undefined ? null : { threshold: worse.threshold, for: worse.for }, keepFiringFor: rule.keep_firing_for ?? '', dependsOn: rule.depends_on ?? [], noData: rule.no_data ?? 'ok',
  };
}

export function draftFromSearch(search: URLSearchParams): Draft {
  const threshold = search.has('threshold') ? Number(search.get('threshold')) : NaN;
  const op = search.get('op') as Op | null;
  return { ...emptyDraft, expr: search.get('expr') ?? '', name: search.get('name') ?? '', threshold: Number.isFinite(threshold) ? threshold : null, op: op && ['>', '>=', '<', '<='].includes(op) ? op : '>' };
}

/** What the alarm is called where nobody named it. */
export function nameOf(draft: Draft): string {
  const phrase = recognise(draft.expr);
  const subject = phrase ? `${phrase.fn === 'last' ? '' : `${fnLabel[phrase.fn]} of `}${phrase.metric}` : draft.expr;
  return `${subject} ${opWord(draft.op)} ${format(draft.threshold, unitOfExpr(draft.expr))}`.slice(0, 120);
}

/** The definition as the API takes it. */
export function bodyOf(draft: Draft): Record<string, unknown> {
  const { op, threshold, critical } = draft;
  const line = { severity: draft.severity, op, threshold, for: draft.for };
  const levels = critical ? { levels: [{ ...line, severity: 'warning' }, { severity: 'critical', op, ...critical }] } : line;
  return {
    name: draft.name.trim() || nameOf(draft), expr: draft.expr, ...levels, channels: draft.channels, enabled: draft.enabled, no_data: draft.noData, depends_on: draft.dependsOn,
    ...(draft.keepFiringFor.trim() ? { keep_firing_for: draft.keepFiringFor.trim() } : {}),
  };
}

export async function save(id: string | null, draft: Draft): Promise<Rule> {
  const body = bodyOf(draft);
  return id === null ? api<Rule>('/api/app/rules', { method: 'POST', body }) : api<Rule>(`/api/app/rules/${id}`, { method: 'PATCH', body: { keep_firing_for: null, ...body } });
}

export function wrongWith(draft: Draft): string {
  if (!draft.expr.trim()) return 'Choose what to watch.';
  return draft.threshold !== null ? '' : 'Give the line a height.';
}
