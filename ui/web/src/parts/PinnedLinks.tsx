import { useEffect } from 'preact/hooks';
import { knowPinned, pinned } from '../lib/pinned';
import { path } from '../lib/router';

/** The pinned dashboards, under the pages. */
export function PinnedLinks() {
  useEffect(knowPinned, []);
  if (pinned.value.length === 0) return null;
  return (
    <>
      <h2 class="pinned-name">Pinned</h2>
      <div class="links pinned">{pinned.value.map(({ id, title }) => (
        <a key={id} href={`/dashboards/${id}`} aria-current={path.value === `/dashboards/${id}` ? 'page' : undefined}><i aria-hidden="true" /><span>{title}</span></a>
      ))}</div>
    </>
  );
}
