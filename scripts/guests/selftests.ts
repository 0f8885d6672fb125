/** Builds the kernel's own tests of KVM from Debian's sources, and an initramfs that runs them. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Apt, run } from './apt.ts';
import { unpack } from './fetch.ts';
import { cacheFolder, guestFiles } from './folders.ts';
import { selftestsInitramfs } from './initramfs.ts';
import { KERNEL_SOURCES, SELFTESTS, SHELL } from './packages.ts';

/** What of the kernel's sources the tests are built from. */
const SOURCES = ['tools/testing/selftests', 'tools/include', 'tools/arch/arm64', 'tools/build', 'tools/lib', 'scripts'];

/** Unpacks that part of the package; the root of the sources. */
function unpackSources(file: string, folder: string): string {
  unpack([file], folder);
  const packed = join(folder, 'usr/src');
  const archive = readdirSync(packed).find((name) => name.endsWith('.tar.xz')) as string;
  const root = archive.replace('.tar.xz', '');
  run('tar', ['-xJf', archive, ...SOURCES.map((path) => `${root}/${path}`)], packed);
  return join(packed, root);
}

/** Compiles the programs, static since the initramfs has no library, into a folder. */
function build(sources: string, folder: string): void {
  const targets = SELFTESTS.map((line) => join(folder, line.split(' ')[0]));
  const tools = ['ARCH=arm64', 'CROSS_COMPILE=aarch64-linux-gnu-', `OUTPUT=${folder}`];
  const flags = ['EXTRA_CFLAGS=-static', 'LDFLAGS=-static -pthread -s'];
  run('make', [...tools, ...flags, ...targets], join(sources, 'tools/testing/selftests/kvm'));
}

/**
 * Leaves the initramfs in the cache, unless it is there. Needs make and Debian's cross compiler (gcc-aarch64-linux-gnu and
 * libc6-dev-arm64-cross), and the network for 140 MB. Throws GuestsError.
 */
export function fetchSelftests(say: (text: string) => void): void {
  const { selftests } = guestFiles('arm64');
  if (existsSync(selftests)) return;
  const apt = new Apt(join(cacheFolder(), 'apt'));
  say('fetching the sources of the kernel, 140 MB if they are new');
  apt.update();
  const sources = apt.dependency(KERNEL_SOURCES);
  const files = apt.download([sources, SHELL.package]);
  const work = join(cacheFolder(), 'work-selftests');
  const programs = join(work, 'programs');
  unpack([files[SHELL.package]], join(work, 'userland'));
  say("building the kernel's tests of KVM");
  build(unpackSources(files[sources], join(work, 'sources')), programs);
  mkdirSync(dirname(selftests), { recursive: true });
  const read = (name: string): Uint8Array => readFileSync(join(programs, name));
  writeFileSync(selftests, selftestsInitramfs(join(work, 'userland'), read));
  rmSync(work, { recursive: true });
}
