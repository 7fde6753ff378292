import { said } from '../lib/clipboard';
import { drawer } from '../lib/docs';
import { keeping } from '../lib/keep';
import { helpOpen, paletteOpen } from '../lib/keys';
import { marking, marksOpen } from '../lib/marks';
import { lateStyle } from './lateStyle';
import { lazy } from './lazy';

const Search = lazy(async () => (await import('./Search')).Search);
const Help = lazy(async () => (await import('./Help')).Help);
const DocsDrawer = lazy(async () => (await Promise.all([import('./DocsDrawer'), lateStyle()]))[0].DocsDrawer);
const Keep = lazy(async () => (await Promise.all([import('../pages/dashboards/Keep'), lateStyle()]))[0].Keep);
const MarkForm = lazy(async () => (await import('./MarkForm')).MarkForm);
const MarkList = lazy(async () => (await import('./MarkList')).MarkList);

/** What lies over a page when it is asked for: search, shortcuts, marks, the docs; and what is said quietly. */
export function Overlays() {
  return (
    <>
      {paletteOpen.value && <Search />}{helpOpen.value && <Help />}{marking.value !== null && <MarkForm />}{marksOpen.value && <MarkList />}
      {drawer.value !== null && <DocsDrawer />}{keeping.value !== null && <Keep />}
      <p class="said-quietly" role="status" hidden={!said.value}>{said.value}</p>
    </>
  );
}
