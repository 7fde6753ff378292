import { signal } from '@preact/signals';
import { recall, remember } from './prefs';

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
}

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

/** One request to the appliance; resolves with the JSON (undefined for 204) or throws an ApiError. */
export async function api<T>(path: string, { method = 'GET', body, signal: abort }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (project) headers['X-Plimsoll-Project'] = project;
  const csrf = session.value?.csrf;
  if (method !== 'GET' && csrf) headers['X-Plimsoll-Csrf'] = csrf;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error',
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

export async function loadSession(): Promise<Session> {
  const loaded = await api<Session>('/api/app/session');
  if (project && loaded.authenticated && loaded.project !== project) {
    // It was removed.
    project = null;
    remember('project', null);
  }
  session.value = loaded;
  loginNeeded.value = loaded.password_set && !loaded.authenticated;
  return loaded;
}

export const can = (role: 'edit' | 'admin'): boolean => {
  const have = session.value?.role;
  return have === 'admin' || have === role;
};

/** What to show of anything that was thrown. */
export function explain(error: unknown): { message: string; hint: string } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
