/** What a file to import holds, told by its first characters; the same rules as `plimsoll import` has. */
export type ImportFormat = 'ingest' | 'text' | 'export';

export const doorOf: Record<ImportFormat, { path: string; type: string; name: string }> = {
  ingest: { path: '/ingest', type: 'application/x-ndjson', name: 'JSON of /ingest' },
  text: { path: '/api/v1/import/prometheus', type: 'text/plain', name: 'Prometheus or OpenMetrics text' },
  export: { path: '/api/v1/import/plimsoll', type: 'application/x-ndjson', name: 'an export of Plimsoll' },
};

export function formatOf(beginning: string): ImportFormat {
  const text = beginning.replace(/^\ufeff/, '').trimStart();
  if (text.startsWith('{"plimsoll_export":')) return 'export';
  if (text.startsWith('[')) return 'ingest';
  // {"a.b",…} 1 is a quoted metric name: behind an object's first text stands a colon.
  return /^\{\s*("(\\.|[^"\\])*"\s*:|\})/.test(text) ? 'ingest' : 'text';
}

/** The end of the last JSON document that another one follows on a line of its own; 0 where there is none. */
function documentsEnd(text: string): number {
  for (let at = text.lastIndexOf('\n'); at > 0; at = text.lastIndexOf('\n', at - 1)) {
    const after = at + (/^\s*/.exec(text.slice(at, at + 1000))![0].length);
    if (/[}\]]\s*$/.test(text.slice(Math.max(0, at - 1000), at)) && /[{[]/.test(text[after] ?? '')) return after;
  }
  return 0;
}

/** How much of a text is whole: lines, or documents. */
export const wholeEnd = (format: ImportFormat, text: string): number => (format === 'ingest' ? documentsEnd(text) : text.lastIndexOf('\n') + 1);

/** The last "# TYPE" line, with which the next part of a text begins; empty where there is none. */
export function lastType(text: string): string {
  const found = text.lastIndexOf('\n# TYPE '), at = found >= 0 ? found + 1 : text.startsWith('# TYPE ') ? 0 : -1;
  return at < 0 ? '' : text.slice(at, text.indexOf('\n', at) + 1);
}

/** A name of a part by its content, so that the same file sent again is known. */
export function keyOf(number: number, text: string): string {
  let a = 0xdeadbeef ^ number, b = 0x41c6ce57 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  return `page-import-${number}-${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}-${text.length}`;
}

export interface Part { format: ImportFormat; body: string; key: string; bytesRead: number; characters: number }

/** Cuts a stream of text into bodies of about `partLength`, each whole. `bytesRead` tells how much of the file was taken for it. */
export async function* partsOf(read: () => Promise<string | null>, bytesRead: () => number, partLength = 2_000_000): AsyncGenerator<Part> {
  let text = '', format: ImportFormat | null = null, type = '', number = 0;
  const part = (piece: string): Part => {
    const body = (format === 'text' ? type : '') + piece;
    if (format === 'text') type = lastType(piece) || type;
    return { format: format!, body, key: keyOf(number++, body), bytesRead: bytesRead(), characters: piece.length };
  };
  for (let next = await read(); next !== null; next = await read()) {
    text += next;
    if (text.length < partLength) continue;
    format ??= formatOf(text);
    const end = wholeEnd(format, text);
    if (end > 0) {
      yield part(text.slice(0, end));
      text = text.slice(end);
    } else if (text.length > 60_000_000) throw new Error('One document of the file is larger than 60 MB. Put one object on each line.');
  }
  format ??= formatOf(text);
  if (text.trim()) yield part(text);
}
