export interface TabLink { href: string; name: string; count?: number }

export function TabLinks({ tabs, at }: { tabs: TabLink[]; at: string }) {
  return (
    <nav class="tab-row links-row" aria-label="Parts of this page">
      {tabs.map(({ href, name, count }) => (
        <a key={href} href={href} aria-current={at === href ? 'page' : undefined}>{name}{count ? <span class="count num">{count}</span> : null}</a>
      ))}
    </nav>
  );
}
