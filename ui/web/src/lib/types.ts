/** The resources of /api/app, as server/api/README.md describes them. */
export interface Rule {
  id: string;
  name: string;
  expr: string;
  op?: Op;
  threshold?: number;
  for: string;
  severity: 'warning' | 'critical';
  /** Where there are several; the least severe one then stands in the fields above too. */
  levels?: RuleLevel[];
  keep_firing_for?: string;
  no_data?: 'ok' | 'alert' | 'keep';
  absence?: string | null;
  provisioned?: boolean;
  depends_on?: string[];
  record?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  channels: string[];
  enabled: boolean;
  state: 'inactive' | 'pending' | 'firing' | 'error' | 'disabled';
  value: number | null;
  highest: number | null;
  last_evaluated_ms: number | null;
  error: string | null;
  firing_since_ms: number | null;
}

export interface RuleLevel { severity: 'warning' | 'critical'; op?: Op; threshold?: number; for: string }

export type Op = '>' | '>=' | '<' | '<=' | '==' | '!=';

export interface Channel {
  id: string;
  name: string;
  kind: 'webhook' | 'email' | 'slack' | 'discord' | 'ntfy' | 'telegram' | 'pagerduty' | 'opsgenie' | 'alertmanager';
  settings: Record<string, unknown>;
  created_ms: number;
}

export interface TestAnswer {
  delivered: boolean;
  status: number | null;
  body: string;
  error: string | null;
  duration_ms: number;
}

export interface Delivery {
  id: string;
  episode_id: string;
  channel_id: string;
  event: 'firing' | 'resolved';
  state: 'pending' | 'delivered' | 'failed';
  attempts: { at_ms: number; status: number | null; error: string | null; duration_ms: number }[];
  next_attempt_ms: number | null;
}

export interface Episode {
  id: string;
  rule_id: string | null;
  /** The rule's, or the check's. */
  rule_name: string;
  source?: 'rule' | 'check';
  check_id?: string | null;
  message?: string | null;
  severity: string;
  labels: Record<string, string>;
  state: 'firing' | 'resolved';
  expr: string;
  op?: Op | null;
  threshold?: number | null;
  started_ms: number;
  ended_ms: number | null;
  peak: number | null;
  value: number | null;
  /** What was normal at that hour of the week, as its message said; of one that is read. */
  normal?: { low: number; high: number } | null;
  acknowledged_ms: number | null;
  acknowledged_by: string | null;
  mutes?: Mute[];
  deliveries?: Delivery[];
}

export interface Mute {
  by: 'silence' | 'maintenance' | 'quiet_hours' | 'dependency';
  id: string;
  reason: string;
  who: string;
  from_ms: number;
  until_ms: number | null;
}

export interface Matcher { name: string; op: '=' | '!=' | '=~' | '!~'; value: string }

export interface Silence {
  id: string;
  name: string;
  matchers: Matcher[];
  starts_ms: number;
  ends_ms: number;
  /** The episode with which it ends. */
  until_episode?: string | null;
  comment: string;
  created_by: string;
}

export interface Maintenance {
  id: string;
  name: string;
  comment: string;
  enabled: boolean;
  starts_ms?: number;
  ends_ms?: number;
  schedule?: string;
  duration?: string;
  weekdays?: string[];
  from?: string;
  to?: string;
  time_zone?: string;
}

export interface Key {
  id: string;
  name: string;
  role: string;
  prefix: string;
  project: string;
  created_ms: number;
  last_used_ms: number | null;
  expires_ms: number | null;
  expired: boolean;
  temporary: boolean;
}

export type PersonalData = 'keep' | 'flag' | 'hash' | 'drop';

/** What is left out is that of whatever is wider: the project, the appliance, and then there is no limit. */
export interface Limits {
  requests_per_second?: number;
  samples_per_second?: number;
  max_active_series?: number;
  max_labels?: number;
  max_body_bytes?: number;
  personal_data?: PersonalData;
}

export interface Project {
  id: string;
  name: string;
  created_ms: number | null;
  keys: number;
  limits: Limits;
  effective_limits: Limits;
}

export interface Metric {
  name: string;
  kind: 'gauge' | 'counter' | 'delta' | 'histogram' | 'distribution' | 'untyped';
  series: number;
  last_ms: number;
  help: string;
  unit: string;
}

export interface Storage {
  samples_per_second: number;
  series: number;
  disk_free_bytes: number;
  disk_total_bytes: number;
  days_left: number | null;
}

export interface HostFigures {
  host: string;
  uptime_s: number | null;
  cpu_ratio: number | null;
  memory: { used_bytes: number | null; total_bytes: number | null; ratio: number | null };
  disks: { mount: string; used_bytes: number; total_bytes: number; ratio: number }[];
  network: { receive_bytes_per_s: number | null; transmit_bytes_per_s: number | null };
}

export interface SampleEvent {
  at_ms: number;
  committed_ms: number;
  name: string;
  series: string;
  kind: Metric['kind'];
  value: number;
  timestamp_ms: number;
  latency_ms: number;
  source: string;
}

export interface RejectedEvent {
  at_ms: number;
  source: string;
  code: string;
  message: string;
  count: number;
}

export interface StatusEvent {
  firing: number;
  worst: 'ok' | 'warning' | 'critical';
  samples_per_second: number;
  server_ms: number;
}

export type CheckState = 'unknown' | 'ok' | 'degraded' | 'down';

export interface Check {
  id: string;
  name: string;
  kind: string;
  target: string;
  interval: string;
  timeout: string;
  retries: number;
  degraded_ms: number;
  expect: Record<string, unknown>;
  settings: Record<string, unknown>;
  schedule?: string;
  grace?: string;
  depends_on: string[];
  channels: string[];
  ready: boolean;
  enabled: boolean;
  state: CheckState;
  since_ms: number | null;
  last_run_ms: number | null;
  next_run_ms: number | null;
  duration_ms: number | null;
  message: string | null;
  confirming?: boolean;
  held_by?: string | null;
  ping_url?: string;
}
