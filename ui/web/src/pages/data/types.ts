/** What came through one door with one key within a quarter of a second. */
export interface Arrival {
  at_ms: number;
  source: string;
  key_id: string;
  requests: number;
  accepted: number;
  rejected: number;
  /** What its first request brought can be asked for. */
  has_body?: boolean;
  sample: { series: string; value: number; timestamp_ms: number } | null;
  error: { code: string; message: string } | null;
}

export interface DeadLetter {
  id: string;
  at_ms: number;
  source: string;
  code: string;
  message: string;
  path: string;
  subject: string;
  accepted: number;
  refused: number;
  more: number;
  truncated: boolean;
  edited: boolean;
  payload: string;
  payload_encoding: 'utf-8' | 'base64';
  payload_bytes: number;
}

export interface CountedName {
  name: string;
  series: number;
  /** The label with the most values. */
  label: string;
  values: number;
  kind: string;
  dropped: string[];
  /** The label without which the fewest series would be left, of how many, and why it has to stay. */
  without: { label: string; series: number; of: number; refusal: { message: string; hint: string } | null } | null;
}

export interface DroppedLabel {
  id: string;
  name: string;
  label: string;
  by: string;
  created_ms: number;
}

export interface Cardinality {
  active: number;
  series: number;
  budget: number | null;
  names: CountedName[];
  labels: { name: string; values: number; series: number }[];
  drops: DroppedLabel[];
  excess: { name: string; label: string; folded: number; refused: number }[];
  personal_data: { name: string; label: string; looks_like: string; series: number; action: string }[];
}

export interface Target {
  id: string;
  url: string;
  job: string;
  interval: string;
  enabled: boolean;
  state: { health: 'up' | 'down' | 'unknown'; last_error: string; last_scrape_ms: number | null; duration_ms: number; samples: number; kept: number; refused: number };
}
