/** Installs the packages of the lock file when they are missing or older than it. `node scripts/setup.mjs [FOLDER]` */

import '../bin/require-node.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', process.argv[2] ?? '.');
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** Runs npm: the one that runs this script if there is one, else the one on the PATH. Returns its exit code. */
function npm(args) {
  const running = process.env.npm_execpath;
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] };
  const { status, error } =
    running === undefined
      ? spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [running, ...args], options);
  if (error !== undefined) process.stderr.write(`el2: cannot run npm: ${error.message}\n`);
  return status ?? 1;
}

// npm writes this file last, after all packages are in place.
const installed = modified(join(folder, 'node_modules', '.package-lock.json'));
if (installed < modified(join(folder, 'package-lock.json'))) {
  process.stderr.write('el2: installing packages (first run, or the lock file changed) ...\n');
  const code = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    process.stderr.write(`el2: "npm ci" failed in ${folder}; see above, then try again\n`);
    process.exitCode = code;
  }
}
