import type { ComponentChildren } from 'preact';

/** A piece of a snippet: a word of the language, a string, a comment, or plain text. */
type Piece = string | { word: string } | { text: string } | { note: string };

export interface Snippet {
  id: string;
  name: string;
  pieces: (address: string, key: string) => Piece[];
}

/** Only what this version can do is offered. */
export const snippets: Snippet[] = [
  {
    id: 'curl', name: 'curl',
    pieces: (address, key) => [{ word: 'curl' }, ' -d 49 ', { text: `"${address}/track/revenue?plan=pro"` }, ' \\\n  -H ', { text: `"Authorization: Bearer ${key}"` }],
  },
  {
    id: 'python', name: 'Python',
    pieces: (address, key) => [
      { word: 'from' }, ' urllib.request ', { word: 'import' }, ' Request, urlopen\n\nurlopen(Request(\n    ', { text: `"${address}/track/revenue?plan=pro"` },
      ', data=b', { text: '"49"' }, ',\n    headers={', { text: '"Authorization"' }, ': ', { text: `"Bearer ${key}"` }, '}))'],
  },
  {
    id: 'fastapi', name: 'FastAPI',
    pieces: (address, key) => [
      { word: 'from' }, ' plimsoll.fastapi ', { word: 'import' }, ' Metrics   ', { note: '# pip install ./packaging/python' }, '\n\napp = FastAPI()\nMetrics(app, ', { text: `"${address}"` },
      ', key=', { text: `"${key}"` }, ')\n', { note: '# every request by route: rate, latency, errors' }],
  },
  {
    id: 'node', name: 'Node',
    pieces: (address, key) => [
      { word: 'await' }, ' fetch(', { text: `"${address}/track/revenue?plan=pro"` }, ', {\n  method: ', { text: '"POST"' }, ', body: ', { text: '"49"' },
      ',\n  headers: { Authorization: ', { text: `"Bearer ${key}"` }, ' } })'],
  },
  {
    id: 'prometheus', name: 'Prometheus',
    pieces: (address, key) => [
      { note: '# in prometheus.yml' }, '\n', { word: 'remote_write' }, ':\n  - ', { word: 'url' }, ': ', { text: `"${address}/api/v1/write"` },
      '\n    ', { word: 'authorization' }, ':\n      ', { word: 'credentials' }, ': ', { text: `"${key}"` }],
  },
  {
    id: 'opentelemetry', name: 'OpenTelemetry',
    pieces: (address, key) => [
      { word: 'export' }, ' OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=', { text: `"${address}/v1/metrics"` }, '\n', { word: 'export' }, ' OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf\n',
      { word: 'export' }, ' OTEL_EXPORTER_OTLP_HEADERS=', { text: `"Authorization=Bearer%20${key}"` }],
  },
];

export const plainText = (pieces: Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : 'word' in piece ? piece.word : 'text' in piece ? piece.text : piece.note)).join('');

export function coloured(pieces: Piece[]): ComponentChildren {
  return pieces.map((piece, i) => {
    if (typeof piece === 'string') return piece;
    if ('word' in piece) return <b key={i}>{piece.word}</b>;
    return 'text' in piece ? <i key={i}>{piece.text}</i> : <u key={i}>{piece.note}</u>;
  });
}
