/*
 * Builds kvm.elf with the compiler of the firmware package (`npm ci` in firmware/ brings it).
 *   node scripts/guests/kvm/build.mjs           write kvm.elf
 *   node scripts/guests/kvm/build.mjs --check   compare a fresh build with the committed one
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const check = process.argv.includes('--check');
const packages = '../../../firmware/node_modules/@zigc';
const zig = join(here, packages, `${process.platform}-${process.arch}`, 'bin/zig');
const sources = readdirSync(here).filter((name) => /\.[cS]$/.test(name));
// Without a C library, but with the headers of Linux's interface and those of the compiler, which come with it.
const headers = ['include', 'libc/include/aarch64-linux-any', 'libc/include/any-linux-any'];
// biome-ignore format: a command line
const flags = [
  '-target', 'aarch64-linux-musl', '-mcpu=cortex_a57', '-std=gnu17', '-ffreestanding', '-fno-sanitize=undefined',
  '-fno-stack-protector', '-O2', '-g0', '-s', '-Wall', '-Wextra', '-Werror', '-nostdlib', '-static',
  '-Wl,--build-id=none', '-Wl,-z,max-page-size=4096',
  ...headers.flatMap((folder) => ['-isystem', `${packages}/lib/${folder}`]), ...sources.sort(),
];

const committed = join(here, 'kvm.elf');
const temporary = mkdtempSync(join(tmpdir(), 'el2-kvm-'));
const output = check ? join(temporary, 'kvm.elf') : committed;
try {
  const { status, error } = spawnSync(zig, ['cc', ...flags, '-o', output], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(temporary, 'cache') },
  });
  if (error || status !== 0) throw new Error(`zig cc failed: ${error?.message ?? status} (is ${zig} installed?)`);
  if (check && !readFileSync(output).equals(readFileSync(committed))) {
    throw new Error('kvm.elf is not what its source builds');
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
