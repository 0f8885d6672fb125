/*
 * Builds runner.elf with the compiler of the firmware package (`npm ci` in firmware/ brings it).
 *   node scripts/vectors/guest/build.mjs           write runner.elf
 *   node scripts/vectors/guest/build.mjs --check   compare a fresh build with the committed one
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const system = { linux: 'linux', darwin: 'macos', win32: 'windows' }[process.platform] ?? process.platform;
const zig = join(here, '../../../firmware/node_modules/@zigc', `${system}-${process.arch}`, 'bin/zig');
// biome-ignore format: a command line
const flags = [
  '-target', 'aarch64-freestanding-none', '-mcpu=cortex_a57', '-mgeneral-regs-only', '-mstrict-align',
  '-std=gnu17', '-ffreestanding', '-fno-sanitize=undefined', '-O2', '-g0', '-s', '-Wall', '-Werror',
  '-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,-z,max-page-size=4096', '-T', 'link.ld', 'start.S', 'runner.c',
];

const committed = join(here, 'runner.elf');
const temporary = mkdtempSync(join(tmpdir(), 'el2-runner-'));
const output = check ? join(temporary, 'runner.elf') : committed;
try {
  const { status, error } = spawnSync(zig, ['cc', ...flags, '-o', output], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(temporary, 'cache') },
  });
  if (error || status !== 0) throw new Error(`zig cc failed: ${error?.message ?? status} (is ${zig} installed?)`);
  if (check && !readFileSync(output).equals(readFileSync(committed))) {
    throw new Error('runner.elf is not what its source builds');
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
