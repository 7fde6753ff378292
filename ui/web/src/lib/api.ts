import { signal } from '@preact/signals';
import { recall, remember } from './prefs';
import { fewAtATime } from './tasks';

/** A refusal by the server, or its silence, in words that a person can act on. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly hint = '', readonly retryAfterS = 0) {
    super(message);
  }
}

export interface Session {
  version: string;
  password_set: boolean;
  authenticated: boolean;
  open_loopback: boolean;
  role: 'ingest' | 'read' | 'edit' | 'admin' | null;
  project: string;
  csrf: string | null;
  started_ms: number;
  host: string;
  /** Whether there are others than admin, so that logging in takes a name. */
  names: boolean;
  /** Null for open loopback. */
  user: { id: string; name: string } | null;
  /** `["*"]`, or names. */
  projects: string[];
  /** Role by project. */
  roles: Record<string, string>;
  /** An admin of all projects. */
  appliance: boolean;
}

export type Need = 'edit' | 'admin' | 'appliance';

export const session = signal<Session | null>(null);

/** The project that this browser looks at; null is the first one. */
let project: string | null = recall('project');

/** Opens another project: from the start, so that nothing of the last one stays on the page. */
export function openProject(name: string): void {
  remember('project', name === 'default' ? null : name);
  window.location.assign('/');
}

/** The address of a stream, which cannot carry headers. */
export const inProject = (path: string): string => (project ? `${path}?project=${encodeURIComponent(project)}` : path);

/** True once the server asked for a login; the shell then shows it. */
export const loginNeeded = signal(false);

async function refusal(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? 0) || 0;
  try {
    const body: unknown = await response.json();
    const error = (body as { error?: unknown }).error;
    if (typeof error === 'string') return new ApiError(response.status, (body as { errorType?: string }).errorType ?? '', error);
    const { code = '', message = '', hint = '' } = (error ?? {}) as Record<string, string>;
    if (message) return new ApiError(response.status, code, message, hint, retryAfter);
  } catch {
    /* Not JSON: the status has to do. */
  }
  return new ApiError(response.status, '', `The server answered ${response.status} ${response.statusText}`.trim() + '.', '', retryAfter);
}

export interface Options {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

/** What says to a request whose it is: the project, and the session's word where something is changed. */
export function ownHeaders(method: string): Record<string, string> {
  const csrf = session.value?.csrf;
  return { ...(project ? { 'X-Plimsoll-Project': project } : {}), ...(method !== 'GET' && csrf ? { 'X-Plimsoll-Csrf': csrf } : {}) };
}

/** To start a request takes a browser milliseconds: a page that asks for twenty things starts each in a task of its own. */
const inOwnTask = (path: string, init: RequestInit): Promise<Response> =>
  new Promise((done) => { fewAtATime(() => done(fetch(path, init))); });

/** One request to the appliance; resolves with the JSON (undefined for 204) or throws an ApiError. */
export async function api<T>(path: string, { method = 'GET', body, signal: abort }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...ownHeaders(method) };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await (method === 'GET' && session.peek() ? inOwnTask : fetch)(path, { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(abort ? { signal: abort } : {}) });
  } catch (cause) {
    if (abort?.aborted) throw cause;
    throw new ApiError(0, 'unreachable', 'Plimsoll does not answer.', 'Is it still running on this address?');
  }
  if (!response.ok) {
    const error = await refusal(response);
    if (error.status === 401 && error.code !== 'wrong_password') loginNeeded.value = true;
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Answers that were asked for before what shows them was there; each is for the first who wants it. */
const ahead = new Map<string, { answer: Promise<unknown>; now?: unknown }>();

/** Asks for what the page that is being opened will want. */
export function askAhead(path: string): void {
  const answer = api<unknown>(path), entry: { answer: Promise<unknown>; now?: unknown } = { answer };
  ahead.set(path, entry);
  answer.then((value) => { entry.now = value; }, () => ahead.delete(path));
  setTimeout(() => ahead.delete(path), aheadMs);
}
const aheadMs = 3000;

/** What was asked ahead: undefined if it was not, or is not there yet. */
export function takeNow<T>(path: string): T | undefined {
  const entry = ahead.get(path);
  if (entry?.now !== undefined) ahead.delete(path);
  return entry?.now as T | undefined;
}

/** As api(), of what may have been asked ahead. */
export function take<T>(path: string): Promise<T> {
  const entry = ahead.get(path);
  ahead.delete(path);
  return (entry?.answer ?? api<T>(path)) as Promise<T>;
}

let userHere: string | undefined;
/** Who was logged in on this page, as long as it stands. */
export const lastUser = (): string | undefined => userHere;

export async function loadSession(): Promise<Session> {
  const loaded = await api<Session>('/api/app/session');
  if (project && loaded.authenticated && loaded.project !== project) {
    // It was removed.
    project = null;
    remember('project', null);
  }
  userHere = loaded.user?.id ?? userHere;
  session.value = loaded;
  loginNeeded.value = loaded.password_set && !loaded.authenticated;
  return loaded;
}

/** `appliance` is what concerns all projects. */
export const can = (need: Need): boolean => {
  const here = session.value;
  return need === 'appliance' ? here?.appliance === true : here?.role === 'admin' || here?.role === need;
};

export const needText = (need: Need): string => (need === 'appliance' ? 'Needs the admin role in all projects' : `Needs the ${need} role`);

/** For a control that takes a role: there but off, and saying why, for who has it not. `off` is any other reason. */
export function needs(need: Need, off = false): { disabled: boolean; title?: string; 'aria-description'?: string } {
  return can(need) ? { disabled: off } : { disabled: true, title: needText(need), 'aria-description': needText(need) };
}

/** Figures of the whole appliance are told in its first project and to who may open all. */
const seesAppliance = (): boolean => session.value?.project === 'default' || (session.value?.projects.includes('*') ?? false);

/** The figures of /api/app/storage, or null for who is not told them. */
export const applianceFigures = async <T>(): Promise<T | null> => (seesAppliance() ? api<T>('/api/app/storage') : null);

/** Leaves, and forgets everything that this page holds. */
export async function logOut(): Promise<void> {
  await api('/logout', { method: 'POST' });
  window.location.assign('/login');
}

/** What to show of anything that was thrown. */
export function explain(error: unknown): { message: string; hint: string } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
