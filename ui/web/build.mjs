// Bundles the page into OUT: index.html, assets/NAME-HASH.{js,css,svg}, a .gz beside each of them, and web.qrc.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { markdown } from './markdown.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const assets = join(out, 'assets');

/**
 * What the first load has is what the scripts that come later share. Each of these is told to import it, so that all of it
 * becomes one file instead of one for every set of scripts that has something in common.
 */
const oneEarlyChunk = {
  name: 'one early chunk',
  setup({ onResolve, onLoad }) {
    const later = new Set(), early = join(here, 'src/early.ts');
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => { if (kind === 'dynamic-import') later.add(`${join(resolveDir, path)}.tsx`); });
    onLoad({ filter: /\.tsx$/ }, async ({ path }) => (later.has(path) ? { contents: `${await readFile(path, 'utf8')}\nimport ${JSON.stringify(early)};\n`, loader: 'tsx' } : undefined));
  },
};

/** The script in pieces: what every page needs, and each page by itself, which comes when it is first opened. */
async function bundle() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx', style: 'src/styles/main.css', late: 'src/styles/late.css' },
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    outdir: assets,
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: ['es2021', 'chrome107', 'firefox104', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [markdown, oneEarlyChunk],
  });
  const files = outputFiles.map((file) => ({ name: basename(file.path), bytes: Buffer.from(file.contents) }));
  return { files, outputs: Object.entries(metafile.outputs).map(([path, output]) => ({ name: basename(path), ...output })) };
}

/** What an entry imports at once, directly or not. */
function importedAtOnce(outputs, name, seen = new Set()) {
  for (const { path, kind } of outputs.find((output) => output.name === name)?.imports ?? []) {
    const imported = basename(path);
    if (kind !== 'import-statement' || seen.has(imported)) continue;
    seen.add(imported);
    importedAtOnce(outputs, imported, seen);
  }
  return [...seen];
}

function hashed(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
  const extension = extname(name);
  return `${basename(name, extension)}-${hash}${extension}`;
}

async function put(path, bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  await writeFile(path, bytes);
  await writeFile(`${path}.gz`, packed);
  return packed.length;
}

await rm(out, { recursive: true, force: true });
await mkdir(assets, { recursive: true });

const { files, outputs } = await bundle();
for (const name of ['icon.svg', 'icon-firing.svg']) {
  const bytes = await readFile(join(here, 'src', name));
  files.push({ name: hashed(name, bytes), bytes });
}
const sizes = {};
for (const { name, bytes } of files) sizes[name] = await put(join(assets, name), bytes);
const named = (stem) => files.find(({ name }) => new RegExp(`^${stem}-\\w+\\.\\w+$`).test(name)).name;
const early = importedAtOnce(outputs, named('app'));
let html = await readFile(join(here, 'src/index.html'), 'utf8');
html = html.replace('{{early}}', early.map((name) => `<link rel="modulepreload" href="/assets/${name}">\n`).join(''));
for (const [slot, stem] of [['script', 'app'], ['style', 'style'], ['late', 'late'], ['icon', 'icon'], ['icon-firing', 'icon-firing']])
  html = html.replace(`{{${slot}}}`, named(stem));
sizes['index.html'] = await put(join(out, 'index.html'), Buffer.from(html));

const listed = ['index.html', 'index.html.gz', ...(await readdir(assets)).sort().map((name) => `assets/${name}`)];
const entries = listed.map((name) => `    <file alias="${name}">${join(out, name)}</file>`).join('\n');
await writeFile(join(out, 'web.qrc'), `<RCC>\n  <qresource prefix="/web">\n${entries}\n  </qresource>\n</RCC>\n`);

const first = ['index.html', named('app'), named('style'), named('icon'), ...early];
const total = first.reduce((sum, name) => sum + sizes[name], 0);
console.log(`page: ${(total / 1024).toFixed(1)} KiB compressed at first`, JSON.stringify(sizes));
if (total > 100_000) {
  console.error('The first load must stay under 100 KB compressed.');
  process.exit(1);
}
