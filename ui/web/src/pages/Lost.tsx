import { Shell } from '../parts/Shell';
import { path } from '../lib/router';

export function Lost() {
  return (
    <Shell title="Not found">
      <p class="empty">There is no page at <span class="mono">{path.value}</span>. <a class="link" href="/">Go to the overview</a></p>
    </Shell>
  );
}
