/*
 * Runs a TypeScript program of this repository: node scripts/run-ts.mjs FILE [arguments]
 * The working directory becomes the root of the repository. Packages stay imports; the bundle lives for one run.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/run-ts.mjs FILE [arguments]');
  process.exit(1);
}
const entry = resolve(file);
const folder = join(root, '.cache', 'run-ts');
const bundle = join(folder, `${process.pid}.mjs`);
mkdirSync(folder, { recursive: true });
process.on('exit', () => rmSync(bundle, { force: true }));
await build({
  entryPoints: [entry],
  outfile: bundle,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.chdir(root);
process.setSourceMapsEnabled(true);
process.argv = [process.argv[0], entry, ...args];
await import(pathToFileURL(bundle).href);
