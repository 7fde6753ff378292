// Bundles the page into OUT: index.html, assets/NAME-HASH.{js,css,svg}, a .gz beside each of them, and web.qrc.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const assets = join(out, 'assets');

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx', style: 'src/styles/main.css' },
    outdir: assets,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2021', 'chrome107', 'firefox104', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return result.outputFiles.map((file) => ({ name: basename(file.path), bytes: Buffer.from(file.contents) }));
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

const files = await bundle();
for (const name of ['icon.svg', 'icon-firing.svg']) files.push({ name, bytes: await readFile(join(here, 'src', name)) });
const names = {};
const sizes = {};
for (const { name, bytes } of files) {
  names[basename(name, extname(name))] = hashed(name, bytes);
  sizes[name] = await put(join(assets, hashed(name, bytes)), bytes);
}
let html = await readFile(join(here, 'src/index.html'), 'utf8');
for (const [slot, key] of [['script', 'app'], ['style', 'style'], ['icon', 'icon'], ['icon-firing', 'icon-firing']])
  html = html.replace(`{{${slot}}}`, names[key]);
sizes['index.html'] = await put(join(out, 'index.html'), Buffer.from(html));

const listed = ['index.html', 'index.html.gz', ...(await readdir(assets)).sort().map((name) => `assets/${name}`)];
const entries = listed.map((name) => `    <file alias="${name}">${join(out, name)}</file>`).join('\n');
await writeFile(join(out, 'web.qrc'), `<RCC>\n  <qresource prefix="/web">\n${entries}\n  </qresource>\n</RCC>\n`);

const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
console.log(`page: ${(total / 1024).toFixed(1)} KiB compressed`, JSON.stringify(sizes));
if (total > 100_000) {
  console.error('The first load must stay under 100 KB compressed.');
  process.exit(1);
}
