// Every page of the product, for the sweeps: accessibility, hostile text, widths, pictures.
//   path    where it is; made of what makeWorld() answered
//   ready   what stands once the page has its data
//   opens   what can be opened on it: the name of each, and how

const routeQuery = encodeURIComponent('histogram_count(sum by (route) (rate(http_request_duration_seconds[5m])))');
const press = (...keys) => async (page) => { for (const key of keys) await page.keyboard.press(key); };
const click = (name, role = 'button') => (page) => page.getByRole(role, { name }).first().click();
const shown = (selector) => (page) => page.locator(selector).first().waitFor();
const palette = { name: 'palette', open: press('/'), ready: shown('dialog.palette [role=option]'), close: press('Escape') };
const help = { name: 'help', open: press('?'), ready: shown('dialog.help'), close: press('Escape') };
const range = { name: 'range', open: click('Another range'), ready: shown('[role=dialog][aria-label="Time range"]'), close: press('Escape') };
const projects = { name: 'projects', open: click(/^Project /), ready: shown('.project-list'), close: press('Escape') };
const docs = { name: 'docs drawer', open: click('Docs'), ready: shown('.docs-drawer h2, .docs-drawer h3'), close: click('Close the docs') };

export const pagesOf = ({ rule, episode, website, backup, dashboard, share }) => [
  { name: 'overview', path: '/?range=1h', ready: '.load .column', opens: [palette, help, range, projects, docs] },
  { name: 'explore-empty', path: '/explore', ready: '.empty' },
  { name: 'explore', path: `/explore?range=1h&q=${routeQuery}`, ready: '.legend-card tbody tr' },
  { name: 'explore-table', path: `/explore?range=1h&view=table&q=${routeQuery}`, ready: '.legend-card tbody tr' },
  { name: 'explore-error', path: '/explore?q=sum(', ready: '.query-error' },
  { name: 'dashboards', path: '/dashboards', ready: '.tile [href^="/dashboards/"]', opens: [{ name: 'import', open: click(/^Import/), ready: shown('.drawer textarea'), close: press('Escape') }] },
  { name: 'dashboard', path: `/dashboards/${dashboard.id}?range=1h`, ready: '[data-panel] canvas', opens: [
    { name: 'menu', open: click('More about this dashboard'), ready: shown('[role=menu]'), close: press('Escape') },
    { name: 'sharing', open: click('Share'), ready: shown('.drawer'), close: press('Escape') }] },
  { name: 'dashboard-edit', path: `/dashboards/${dashboard.id}/edit?range=1h`, ready: '.panels.editing article', opens: [
    { name: 'panel', open: click(/^Edit line/), ready: shown('.drawer'), close: press('Escape') },
    { name: 'variables', open: click('Variables'), ready: shown('.drawer'), close: press('Escape') },
    { name: 'settings', open: click('Settings'), ready: shown('.drawer'), close: press('Escape') }] },
  { name: 'share', path: share.path, ready: '[data-panel] canvas' },
  { name: 'endpoints', path: '/endpoints?range=1h', ready: 'main tbody tr, main .endpoint-card' },
  { name: 'endpoint', path: '/endpoints/POST/api/chat?range=1h', ready: 'main canvas' },
  { name: 'costs', path: '/costs', ready: 'main .sentence, main h2' },
  { name: 'alerts', path: '/alerts', ready: 'main' },
  { name: 'alarms', path: '/alerts/rules', ready: 'main tbody tr, main .row-cards li' },
  { name: 'alarm-new', path: '/alerts/new?expr=host_cpu_usage_ratio', ready: '[role=slider]' },
  { name: 'alarm', path: `/alerts/rules/${rule.id}`, ready: '[role=slider]' },
  { name: 'episodes', path: '/alerts/episodes', ready: 'main tbody tr, main .row-cards li' },
  { name: 'episode', path: `/alerts/episodes/${episode.id}`, ready: 'main h2' },
  { name: 'silences', path: '/alerts/silences', ready: 'main h2' },
  { name: 'channels', path: '/alerts/channels', ready: '.channel' },
  { name: 'health', path: '/checks', ready: '.incident', opens: [
    { name: 'check', open: click('Check'), ready: shown('.check-form') },
    { name: 'heartbeat', open: click('Heartbeat'), ready: shown('.check-form') },
    { name: 'incident', open: (page) => page.locator('.incident').first().click(), ready: shown('.updates') },
    { name: 'new status page', open: click('New page'), ready: shown('.shown-checks') }] },
  { name: 'check', path: `/checks/${website.id}`, ready: 'main h2', opens: [{ name: 'change', open: click('Change'), ready: shown('.check-form') }] },
  { name: 'heartbeat', path: `/checks/${backup.id}`, ready: 'main h2' },
  { name: 'inbox', path: '/data/inbox', ready: 'main tbody tr, main .row-cards li' },
  { name: 'dead-letters', path: '/data/dead-letters', ready: 'main h2', opens: [{ name: 'letter', open: click('Look and fix'), ready: shown('.letter textarea') }] },
  { name: 'targets', path: '/data/targets', ready: 'main .card, main form, main .empty' },
  { name: 'cardinality', path: '/data/cardinality', ready: 'main tbody tr, main .row-cards li' },
  { name: 'storage', path: '/data/storage', ready: 'main h2' },
  { name: 'keys', path: '/settings/keys', ready: 'main tbody tr, main .row-cards li' },
  { name: 'projects', path: '/settings/projects', ready: 'main tbody tr, main .row-cards li' },
  { name: 'users', path: '/settings/users', ready: 'main p, main .card' },
  { name: 'prices', path: '/settings/prices', ready: 'main tbody tr, main .row-cards li' },
  { name: 'backup', path: '/settings/backup', ready: 'main h2' },
  { name: 'about', path: '/settings/about', ready: 'main h2' },
  { name: 'password', path: '/settings/password', ready: 'input[name=password]' },
  { name: 'appearance', path: '/settings/appearance', ready: 'main h2' },
  { name: 'transfer', path: '/data/transfer', ready: 'main h2' },
  { name: 'docs', path: '/docs', ready: '.doc' },
  { name: 'api-reference', path: '/docs/api', ready: '.operation' },
  { name: 'docs-api', path: '/docs/api', ready: '.doc h2' },
  { name: 'welcome', path: '/welcome', ready: '.snippet' },
  { name: 'login', path: '/login', ready: 'h1' },
  { name: 'status-page', path: '/status/shop', ready: 'h1', bare: true },
];
