/** What the reference reads of /api/openapi.json. */
interface Parameter { name: string; in: 'query' | 'path' | 'header'; description?: string; required?: boolean; example?: unknown }
interface Content { example?: unknown }

export interface Operation {
  id: string;
  method: string;
  path: string;
  group: string;
  role: string;
  summary: string;
  text: string;
  parameters: Parameter[];
  bodies: { type: string; example: string }[];
  answers: { status: string; text: string; type: string; example: string }[];
}

interface RawOperation {
  operationId?: string; tags?: string[]; summary?: string; description?: string; parameters?: Parameter[];
  requestBody?: { content?: Record<string, Content> };
  responses?: Record<string, { description?: string; content?: Record<string, Content>; $ref?: string }>;
  'x-plimsoll-access'?: string;
}
export interface OpenApi { paths: Record<string, Record<string, RawOperation>> }

const pretty = (example: unknown): string => (example === undefined ? '' : typeof example === 'string' ? example : JSON.stringify(example, null, 2));

function read(path: string, method: string, raw: RawOperation): Operation {
  const { operationId, tags, summary = '', description = '', parameters = [], requestBody, responses = {} } = raw;
  return {
    id: operationId ?? `${method}_${path}`, method: method.toUpperCase(), path, group: tags?.[0] ?? 'Other', role: raw['x-plimsoll-access'] ?? '', summary, text: description, parameters,
    bodies: Object.entries(requestBody?.content ?? {}).map(([type, { example }]) => ({ type, example: pretty(example) })),
    answers: Object.entries(responses).filter(([, { $ref }]) => !$ref).map(([status, { description: said = '', content = {} }]) => {
      const [type = '', body] = Object.entries(content)[0] ?? [];
      return { status, text: said, type, example: pretty(body?.example) };
    }),
  };
}

/** The groups in the order in which one meets them; what they do not name comes after. */
const order = ['Writing', 'Reading', 'Prometheus API', 'Alarms', 'Heartbeats', 'Annotations', 'Status pages', 'Dead letters', 'Live', 'Scraping', 'Access', 'Upkeep', 'Health'];

/** Every route but those of the page itself, by group. */
export function groupsOf({ paths }: OpenApi): [string, Operation[]][] {
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, raw] of Object.entries(methods)) {
      const operation = read(path, method, raw);
      if (operation.group === 'Page') continue;
      groups.set(operation.group, [...(groups.get(operation.group) ?? []), operation]);
    }
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...groups].sort(([a], [b]) => place(a) - place(b));
}

const keyFor: Record<string, string> = { ingest: '{{key}}', read: '{{read_key}}', edit: '{{edit_key}}', admin: '{{admin_key}}', appliance: '{{admin_key}}' };
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a line for the shell, with the placeholders of the guide. */
export function curlOf({ method, path, role, parameters, bodies }: Operation): string {
  const asked = parameters.filter((each) => each.in === 'query' && (each.required || each.example !== undefined));
  const query = asked.map(({ name, example }) => `${encodeURIComponent(name)}=${encodeURIComponent(String(example ?? '…'))}`).join('&');
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters.find((each) => each.name === name)?.example ?? name.toUpperCase()));
  const body = bodies.find(({ example }) => example), parts = ['curl'];
  if (method !== 'GET' && !(method === 'POST' && body)) parts.push(`-X ${method}`);
  if (keyFor[role]) parts.push(`-H 'Authorization: Bearer ${keyFor[role]}'`);
  if (body) parts.push(`-H 'Content-Type: ${body.type}'`, `-d ${quoted(body.type === 'application/json' ? JSON.stringify(JSON.parse(body.example)) : body.example)}`);
  return [...parts, `'{{address}}${address}${query ? `?${query}` : ''}'`].join(' \\\n  ');
}

/** Whether an operation has every word that is looked for, in its path, its method or what it says. */
export function fits({ method, path, summary, text, role }: Operation, query: string): boolean {
  const all = `${method} ${path} ${summary} ${text} ${role}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}
