import { paint } from '../lib/prefs';

let serial = -1;
const known = new Map<string, string>();

/** The value of a token such as "s1" in the present theme. */
export function token(name: string): string {
  if (serial !== paint.peek()) {
    known.clear();
    serial = paint.peek();
  }
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
}

/** A token with an opacity between 0 and 1. */
export function faded(name: string, opacity: number): string {
  const hex = token(name).slice(0, 7);
  return hex + Math.round(opacity * 255).toString(16).padStart(2, '0');
}

export const palette = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'] as const;
export const restColor = 's8';

function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 0;
}

/** Colours for names: each keeps its own across panels and reloads, by hash and then the first that is free. */
export function colorsFor(names: string[]): string[] {
  if (names.length === 1) return [palette[0]];
  const taken = new Map<string, string>();
  for (const name of [...names].sort()) {
    if (taken.size >= palette.length) break;
    const used = new Set(taken.values());
    const start = hash(name) % palette.length;
    for (let i = 0; i < palette.length; i++) {
      const color = palette[(start + i) % palette.length]!;
      if (!used.has(color)) { taken.set(name, color); break; }
    }
  }
  return names.map((name) => taken.get(name) ?? restColor);
}
