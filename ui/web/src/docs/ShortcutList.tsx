import { shortcuts } from '../lib/keys';

/** The keys, as the list of "?" has them. */
export function ShortcutList() {
  return <dl class="keys">{shortcuts.map(([keys, what]) => <div key={keys}><dt>{keys.split(' ').map((key, i) => <kbd key={i}>{key}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>;
}
