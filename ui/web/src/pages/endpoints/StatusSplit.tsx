import { format } from '../../lib/format';
import type { Endpoint } from './model';

const words: Record<string, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No content', 301: 'Moved', 302: 'Found', 304: 'Not modified', 307: 'Redirect', 400: 'Bad request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not found', 405: 'Not allowed', 409: 'Conflict', 410: 'Gone', 413: 'Too large', 422: 'Not accepted', 429: 'Too many', 499: 'Client left', 500: 'Server error', 502: 'Bad gateway', 503: 'Unavailable', 504: 'Timeout' };

/** Which answers were given, the most frequent first. */
export function StatusSplit({ figures }: { figures: Endpoint }) {
  const codes = Object.entries(figures.status).sort(([, a], [, b]) => b - a);
  return (
    <section class="card" aria-label="Answers">
      <header><h2>Answers</h2><p class="num">{format(figures.count, { kind: 'count' })} in this range</p></header>
      <table class="table">
        <thead><tr><th scope="col">Status</th><th scope="col">Share</th><th scope="col" class="right">Requests</th></tr></thead>
        <tbody>{codes.map(([code, count]) => (
          <tr key={code}>
            <td class="num"><b>{code}</b> <span class="mut">{words[code] ?? ''}</span></td>
            <td><span class="bar" aria-hidden="true"><i style={{ width: `${Math.max(1, (count / figures.count) * 100)}%` }} /></span><span class="num mut share">{format(count / figures.count, { kind: 'ratio' })}</span></td>
            <td class="right num">{Math.round(count).toLocaleString('en-US')}</td>
          </tr>
        ))}</tbody>
      </table>
    </section>
  );
}
