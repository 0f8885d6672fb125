/** Builds a committed program of a folder with the compiler of `firmware/`, or compares it with a fresh build. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler } from '../firmware/compiler.mjs';

const firmware = join(dirname(fileURLToPath(import.meta.url)), '../firmware');

/**
 * Writes `folder`/`name` from flags and sources seen from the folder; with `--check` on the command line it compares.
 * Throws when the build fails or the two differ.
 */
export function buildProgram(folder, name, args) {
  const committed = join(folder, name);
  const temporary = mkdtempSync(join(tmpdir(), 'el2-program-'));
  const isCheck = process.argv.includes('--check');
  const output = isCheck ? join(temporary, name) : committed;
  try {
    const { status, error } = spawnSync(compiler(firmware), ['cc', ...args, '-o', output], {
      cwd: folder,
      stdio: 'inherit',
      env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(temporary, 'cache') },
    });
    if (error || status !== 0) throw new Error(`zig cc failed: ${error?.message ?? status}`);
    if (isCheck && !readFileSync(output).equals(readFileSync(committed))) {
      throw new Error(`${name} is not what its source builds`);
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
