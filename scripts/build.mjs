/** Bundles src/ into dist/: index.mjs, the library for any host, and cli.mjs, the command for Node. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const BUNDLES = [
  { entry: 'src/index.ts', output: 'dist/index.mjs', platform: 'neutral' },
  { entry: 'src/cli/main.ts', output: 'dist/cli.mjs', platform: 'node' },
];

/** What a bundle is made of besides the files in src/. */
const INPUTS = ['package.json', 'scripts/build.mjs'];

/** Thrown when the bundler is needed and not installed. */
export class PackagesMissing extends Error {}

/** Puts a file in place in one step, so that a process that starts meanwhile never reads half of it. */
function replaceFile(path, contents, time) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  utimesSync(temporary, time, time);
  renameSync(temporary, path);
}

async function loadEsbuild() {
  try {
    return await import('esbuild');
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new PackagesMissing(`packages are not installed; run "npm ci" in ${root}`);
  }
}

/**
 * Makes both bundles. Returns, by output file, the specifiers that it leaves to be imported at run time.
 * Throws PackagesMissing, or esbuild's BuildFailure after esbuild has printed the errors.
 */
export async function build() {
  const esbuild = await loadEsbuild();
  const { dependencies, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // A source saved while the build runs must count as newer than its output.
  const started = new Date();
  const imports = {};
  for (const { entry, output, platform } of BUNDLES) {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: output,
      bundle: true,
      format: 'esm',
      platform,
      target: platform === 'node' ? `node${engines.node.replace('>=', '')}` : 'es2023',
      external: Object.keys(dependencies),
      sourcemap: true,
      sourcesContent: true,
      metafile: true,
      write: false,
      logLevel: 'error',
    });
    for (const { path, contents } of outputFiles) replaceFile(path, contents, started);
    imports[output] = metafile.outputs[output].imports.filter(({ external }) => external).map(({ path }) => path);
  }
  return imports;
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Newest change in milliseconds of a folder: of its files, and of the folders themselves, which tell of removed files. */
function newestIn(folder) {
  let newest = modified(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : modified(path));
  }
  return newest;
}

/** Builds when a bundle is missing or older than anything it is made of. Throws as `build` does. */
export async function rebuildIfStale() {
  const oldest = Math.min(...BUNDLES.map(({ output }) => modified(join(root, output))));
  const newest = Math.max(newestIn(join(root, 'src')), ...INPUTS.map((path) => modified(join(root, path))));
  if (oldest < newest) await build();
}

/** `--prepare`: npm's hook. An install without dev dependencies has no bundler, and the package needs none. */
async function main(args) {
  try {
    await build();
    process.stdout.write(`${BUNDLES.map(({ output }) => output).join(' and ')} built\n`);
  } catch (error) {
    if (error instanceof PackagesMissing && args.includes('--prepare')) return;
    if (error instanceof PackagesMissing) process.stderr.write(`${error.message}\n`);
    else if (!Array.isArray(error?.errors)) throw error;
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && relative(process.argv[1], fileURLToPath(import.meta.url)) === '') {
  await main(process.argv.slice(2));
}
