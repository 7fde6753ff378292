/** What a spreadsheet would take for a formula is told to be text; a number with its sign is none. */
const harmless = (text: string): string => (/^[=+\-@\t\r\n]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text);

const cell = (value: string | number | null): string => {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = harmless(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** Rows as RFC 4180 has them. */
export const csvOf = (rows: readonly (readonly (string | number | null)[])[]): string => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** A moment as a spreadsheet reads it; nothing where there was none. */
export const isoOf = (ms: number | null | undefined): string => (ms ? new Date(ms).toISOString() : '');

/** Hands a file to the person who asked for it. */
export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A title as the name of a file. */
export const fileName = (title: string, extension: string): string => `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'plimsoll'}.${extension}`;

export const saveCsv = (title: string, rows: readonly (readonly (string | number | null)[])[]): void =>
  save(fileName(title, 'csv'), new Blob([csvOf(rows)], { type: 'text/csv;charset=utf-8' }));
