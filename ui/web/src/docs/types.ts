/** What markdown.mjs makes of a page of the guide. */
export type Inline = string | { code: string } | { bold: Inline[] } | { link: Inline[]; to: string };

export type Block =
  | { text: Inline[] }
  | { note: Inline[] }
  | { heading: string; id: string }
  | { snippet: string; lang: string; marks?: string[] }
  | { items: Inline[][]; ordered?: true }
  | { head: Inline[][]; rows: Inline[][][] }
  /** A part that the page draws itself. */
  | { part: string };

export interface Guide { id: string; title: string; blocks: Block[] }

export const plain = (parts: Inline[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : 'code' in part ? part.code : plain('bold' in part ? part.bold : part.link))).join('');
