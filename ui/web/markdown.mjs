// The guide's Markdown, of which it uses a part, as a tree of texts for src/docs/Blocks.tsx: nothing in it is markup any more.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const inlinePattern = /`([^`]+)`|\*\*?([^*]+)\*\*?|\[((?:`[^`]*`|[^\]])+)\]\(([^)\s]+)\)/g;

/** A line as texts, code, bold parts and links. */
function inline(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(inlinePattern)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    const [whole, code, bold, label, to] = match;
    if (code !== undefined) parts.push({ code });
    else if (bold !== undefined) parts.push({ bold: inline(bold) });
    else parts.push({ link: inline(label), to });
    at = match.index + whole.length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

export const slug = (text) => text.toLowerCase().replace(/[`*]/g, '').replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');

/** Cells of a table row; a bar inside code does not part them. */
function cells(line) {
  const held = line.trim().replace(/^\||\|$/g, '').replace(/`[^`]*`/g, (code) => code.replaceAll('|', '\u0000'));
  return held.split('|').map((cell) => inline(cell.replaceAll('\u0000', '|').trim()));
}

const isRow = (line) => line.startsWith('|');
const listMark = /^(- |\d+\. )/;

/** Each reader takes the lines that are its own, from `at` on, and says where it ended. */
const readers = [
  { begins: (line) => line.startsWith('```'), read(lines, at) {
    const [lang = '', ...marks] = lines[at].slice(3).trim().split(/\s+/);
    let end = at + 1;
    while (end < lines.length && lines[end] !== '```') end++;
    if (end === lines.length) throw new Error(`code that begins in line ${at + 1} does not end`);
    return [{ snippet: lines.slice(at + 1, end).join('\n'), lang, ...(marks.length ? { marks } : {}) }, end + 1];
  } },
  { begins: (line) => line.startsWith('## '), read: (lines, at) => [{ heading: lines[at].slice(3), id: slug(lines[at].slice(3)) }, at + 1] },
  { begins: (line) => line.startsWith('::'), read: (lines, at) => [{ part: lines[at].slice(2).trim() }, at + 1] },
  { begins: (line) => line.startsWith('> '), read(lines, at) {
    let end = at;
    while (end < lines.length && lines[end].startsWith('> ')) end++;
    return [{ note: inline(lines.slice(at, end).map((line) => line.slice(2)).join(' ')) }, end];
  } },
  { begins: isRow, read(lines, at) {
    let end = at;
    while (end < lines.length && isRow(lines[end])) end++;
    return [{ head: cells(lines[at]), rows: lines.slice(at + 2, end).map(cells) }, end];
  } },
  { begins: (line) => listMark.test(line), read(lines, at) {
    const items = [];
    let end = at;
    for (; end < lines.length && (listMark.test(lines[end]) || lines[end].startsWith('  ')); end++) {
      if (listMark.test(lines[end])) items.push(lines[end].replace(listMark, ''));
      else items.push(`${items.pop()} ${lines[end].trim()}`);
    }
    return [{ items: items.map(inline), ...(lines[at].startsWith('- ') ? {} : { ordered: true }) }, end];
  } },
  { begins: () => true, read(lines, at) {
    let end = at;
    while (end < lines.length && lines[end].trim() && !readers.slice(0, -1).some(({ begins }) => begins(lines[end]))) end++;
    return [{ text: inline(lines.slice(at, end).join(' ')) }, end];
  } },
];

/** `# Title`, a first paragraph that says what the page is for, and blocks. */
export function parsePage(id, source) {
  const lines = source.split('\n');
  if (!lines[0].startsWith('# ')) throw new Error('a page begins with its title');
  const blocks = [];
  for (let at = 1; at < lines.length;) {
    if (!lines[at].trim()) { at++; continue; }
    const [block, end] = readers.find(({ begins }) => begins(lines[at])).read(lines, at);
    blocks.push(block);
    at = end;
  }
  return { id, title: lines[0].slice(2).trim(), blocks };
}

/** Lets esbuild import a .md file. */
export const markdown = {
  name: 'markdown',
  setup(build) {
    build.onLoad({ filter: /\.md$/ }, async ({ path }) => {
      try {
        return { contents: JSON.stringify(parsePage(basename(path, '.md'), await readFile(path, 'utf8'))), loader: 'json' };
      } catch (error) {
        return { errors: [{ text: error.message, location: { file: path } }] };
      }
    });
  },
};
