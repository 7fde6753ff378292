import { guides } from './pages';
import { plain, type Block, type Guide } from './types';

/** A place in the guide: a page, or a part of it under its heading. */
export interface Place { page: string; title: string; heading: string; anchor: string; text: string }

export const hrefOf = ({ page, anchor }: Place): string => `/docs/${page}${anchor ? `#d-${anchor}` : ''}`;

function textOf(block: Block): string {
  if ('text' in block) return plain(block.text);
  if ('note' in block) return plain(block.note);
  if ('snippet' in block) return block.snippet;
  if ('items' in block) return block.items.map(plain).join(' ');
  if ('head' in block) return [block.head, ...block.rows].map((row) => row.map(plain).join(' ')).join(' ');
  return '';
}

function placesOf({ id, title, blocks }: Guide): Place[] {
  const places: Place[] = [{ page: id, title, heading: '', anchor: '', text: '' }];
  for (const block of blocks) {
    if ('heading' in block) places.push({ page: id, title, heading: block.heading.replaceAll('`', ''), anchor: block.id, text: '' });
    else places.at(-1)!.text += ` ${textOf(block)}`;
  }
  return places;
}

export const places: Place[] = guides.flatMap(placesOf);

/** How well a place answers one word: its title counts most, then its heading, then where it stands in the text. */
function points(place: Place, word: string): number {
  const starts = (text: string): boolean => new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}`, 'iu').test(text);
  if (starts(place.heading)) return 8;
  if (starts(place.title)) return place.heading ? 3 : 10;
  if (starts(place.text)) return 2;
  return place.text.toLowerCase().includes(word) ? 1 : 0;
}

/** Places that have every word, the best first. */
export function findPlaces(query: string, among: Place[] = places): Place[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return among.map((place) => ({ place, each: words.map((word) => points(place, word)) }))
    .filter(({ each }) => each.every((count) => count > 0))
    .map(({ place, each }) => ({ place, sum: each.reduce((sum, count) => sum + count, 0) }))
    .sort((a, b) => b.sum - a.sum)
    .map(({ place }) => place);
}

/** A few words around the first one that was found. */
export function excerpt({ text }: Place, query: string, length = 110): string {
  const word = query.toLowerCase().split(/\s+/).find((each) => each && text.toLowerCase().includes(each));
  const at = word ? text.toLowerCase().indexOf(word) : 0;
  const from = Math.max(0, text.lastIndexOf(' ', Math.max(0, at - 30)) + 1);
  const cut = text.slice(from, from + length).trim();
  return `${from > 1 ? '… ' : ''}${cut}${from + length < text.length ? ' …' : ''}`;
}
