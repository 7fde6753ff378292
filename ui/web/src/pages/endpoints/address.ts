import { search } from '../../lib/router';

const refused = /[\\\u0000-\u001f\u007f]/;
const byNumber = (char: string): string => `~${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/**
 * Routes keep their slashes in an address, where an encoded one is refused. ~ stands before pieces that an address would
 * lose (none at all, dots, another ~), `~-` in place of a first slash that is not there, and `~=` before a piece in which
 * characters that an address may not have, encoded or not, stand by their number.
 */
function guarded(piece: string): string {
  if (refused.test(piece)) return `~=${encodeURIComponent(piece.replace(/[~\\\u0000-\u001f\u007f]/g, byNumber))}`;
  return (/^(~.*|\.{0,2})$/s.test(piece) ? '~' : '') + encodeURIComponent(piece);
}

function unguarded(piece: string): string {
  try {
    if (piece.startsWith('~=')) return decodeURIComponent(piece.slice(2)).replace(/~([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
    return decodeURIComponent(piece.replace(/^~/, ''));
  } catch {
    return piece;
  }
}

export function routePath(route: string): string {
  const pieces = route.split('/');
  return (route.startsWith('/') ? pieces.slice(1).map(guarded) : ['~-', ...pieces.map(guarded)]).join('/');
}

export function routeOf(path: string): string {
  const [first, ...rest] = path.split('/');
  return first === '~-' ? rest.map(unguarded).join('/') : `/${[first!, ...rest].map(unguarded).join('/')}`;
}

/** The address of a route's page, in the range of this one. */
export function hrefOf({ method, route }: { method: string; route: string }): string {
  const kept = new URLSearchParams();
  for (const name of ['range', 'from', 'to', 'compare']) {
    const value = search.value.get(name);
    if (value) kept.set(name, value);
  }
  return `/endpoints/${guarded(method)}/${routePath(route)}${kept.size ? `?${kept}` : ''}`;
}

export function endpointAt(path: string): { method: string; route: string } | null {
  const [, , method, ...route] = path.split('/');
  return method && route.length ? { method: unguarded(method), route: routeOf(route.join('/')) } : null;
}
