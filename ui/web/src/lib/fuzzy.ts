/** How well `text` holds the letters of `query` in order: 0 not at all, more for runs and for starts of words. */
function score(query: string, text: string): number {
  const at = text.indexOf(query);
  if (at >= 0) return 1000 - at - text.length / 100;
  let points = 1, place = 0, last = -2;
  for (const letter of query) {
    const found = text.indexOf(letter, place);
    if (found < 0) return 0;
    points += found === last + 1 ? 8 : /[_\W]/.test(text[found - 1] ?? '_') ? 5 : 0;
    last = found;
    place = found + 1;
  }
  return points - text.length / 100;
}

/** The items that match, best first; all of them, in their order, for an empty query. */
export function fuzzy<T>(query: string, items: T[], textOf: (item: T) => string): T[] {
  const words = query.trim().toLowerCase();
  if (!words) return items;
  return items.map((item) => ({ item, points: score(words, textOf(item).toLowerCase()) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ item }) => item);
}

/** The names that are nearest to a mistyped one. */
export function nearest(query: string, names: string[], count = 3): string[] {
  const parts = query.toLowerCase();
  return names.map((name) => ({ name, away: distance(parts, name.toLowerCase().slice(0, parts.length + 2)) }))
    .filter(({ away }) => away <= Math.max(2, parts.length / 2))
    .sort((a, b) => a.away - b.away)
    .slice(0, count)
    .map(({ name }) => name);
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
