import type { ComponentChildren } from 'preact';
import { CopyButton } from '../parts/CopyButton';
import { fill, fillShown } from './fill';
import { ShortcutList } from './ShortcutList';
import type { Block, Inline } from './types';

const isForeign = (to: string): boolean => /^https?:/.test(to);
const hrefOf = (to: string): string => to.replace('#', '#d-');

function Inlines({ parts }: { parts: Inline[] }) {
  return <>{parts.map((part, i) => {
    if (typeof part === 'string') return part;
    if ('code' in part) return <code key={i}>{fillShown(part.code)}</code>;
    if ('bold' in part) return <b key={i}><Inlines parts={part.bold} /></b>;
    return isForeign(part.to) ? <a key={i} href={part.to} target="_blank" rel="noreferrer"><Inlines parts={part.link} /></a> : <a key={i} href={hrefOf(part.to)}><Inlines parts={part.link} /></a>;
  })}</>;
}

/** Strings and notes apart from the rest, enough to find one's way. */
function coloured(text: string): ComponentChildren {
  return text.split(/("[^"\n]*"|'[^'\n]*'|(?:^|[ \n])#[^\n]*)/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    return piece.trimStart().startsWith('#') ? <u key={i}>{piece}</u> : <i key={i}>{piece}</i>;
  });
}

export function Snippet({ text, name }: { text: string; name?: string }) {
  return (
    <div class="snippet">
      <pre tabIndex={0} role="group" aria-label={name ?? 'Snippet'}>{coloured(fillShown(text))}</pre>
      <CopyButton text={() => fill(text)} />
    </div>
  );
}

function Table({ head, rows }: { head: Inline[][]; rows: Inline[][][] }) {
  return (
    <div class="doc-table" tabIndex={0} role="group" aria-label="Table">
      <table class="table">
        <thead><tr>{head.map((cell, i) => <th key={i} scope="col"><Inlines parts={cell} /></th>)}</tr></thead>
        <tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j}><Inlines parts={cell} /></td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function One({ block }: { block: Block }) {
  if ('text' in block) return <p><Inlines parts={block.text} /></p>;
  if ('note' in block) return <p class="doc-note"><Inlines parts={block.note} /></p>;
  if ('heading' in block) return <h3 id={`d-${block.id}`}>{block.heading.replaceAll('`', '')}</h3>;
  if ('snippet' in block) return <Snippet text={block.snippet} name={`${block.lang || 'text'} snippet`} />;
  if ('head' in block) return <Table {...block} />;
  if ('part' in block) return block.part === 'shortcuts' ? <ShortcutList /> : null;
  const items = block.items.map((item, i) => <li key={i}><Inlines parts={item} /></li>);
  return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
}

export function Blocks({ blocks }: { blocks: Block[] }) {
  return <>{blocks.map((block, i) => <One key={i} block={block} />)}</>;
}
