// Modules of the page, bundled so that node can load them: for what needs no browser.
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = resolve(dirname(fileURLToPath(import.meta.url)), '../../../ui/web');

/** Loads `parts` (a name for each path under src, without .ts); answers the modules by their names. */
export async function modules(parts) {
  const { build } = createRequire(join(web, 'package.json'))('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-logic-'));
  try {
    await build({ absWorkingDir: web, bundle: true, format: 'esm', outdir: folder, outExtension: { '.js': '.mjs' }, logLevel: 'warning',
      entryPoints: Object.fromEntries(Object.entries(parts).map(([name, path]) => [name, `src/${path}.ts`])) });
    const loaded = await Promise.all(Object.keys(parts).map(async (name) => [name, await import(pathToFileURL(join(folder, `${name}.mjs`)))]));
    return Object.fromEntries(loaded);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
