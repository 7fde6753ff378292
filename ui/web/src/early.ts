/** What the first load has, for the other pages to share: see build.mjs. */
import './pages/Lost';
import './pages/Overview';
import './parts/Later';
import './parts/Palette';
import './parts/UndoBar';
