/*
 * Builds runner.elf with the compiler of the firmware package.
 *   node scripts/vectors/guest/build.mjs           write runner.elf
 *   node scripts/vectors/guest/build.mjs --check   compare a fresh build with the committed one
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../program.mjs';

// biome-ignore format: a command line
buildProgram(dirname(fileURLToPath(import.meta.url)), 'runner.elf', [
  '-target', 'aarch64-freestanding-none', '-mcpu=cortex_a57', '-mgeneral-regs-only', '-mstrict-align',
  '-std=gnu17', '-ffreestanding', '-fno-sanitize=undefined', '-O2', '-g0', '-s', '-Wall', '-Werror',
  '-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,-z,max-page-size=4096', '-T', 'link.ld', 'start.S', 'runner.c',
]);
