/** Fetches Debian's packages and makes bootable guests of them: `npm run guests`. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Apt, run } from './apt.ts';
import { cacheFolder, firmwareFile, guestFiles, XEN_FILES } from './folders.ts';
import { GuestsError } from './guests-error.ts';
import { initramfs, nestedInitramfs, xenInitramfs } from './initramfs.ts';
import { EMULATOR, FIRMWARE, KERNELS, type KernelName, PROGRAMS, SHELL, XEN, XEN_TOOLS } from './packages.ts';

/** The kernel of Xen's domains. */
const XEN_KERNEL: KernelName = 'arm64';

/** What the guests were made from: of another state of this folder they are made again. */
function recipe(): string {
  const hash = createHash('sha256');
  const folder = 'scripts/guests';
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.(ts|sh)$|init$/.test(path)) hash.update(path).update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}

/** Unpacks the packages over each other into a new folder. */
export function unpack(packages: readonly string[], folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of packages) run('dpkg-deb', ['-x', file, folder], folder);
}

/** Makes the files of one kernel from its package and the unpacked userland. */
function make(kernel: KernelName, file: string, work: string): void {
  const unpacked = { kernel: join(work, kernel), userland: join(work, 'userland') };
  unpack([file], unpacked.kernel);
  const boot = join(unpacked.kernel, 'boot');
  const name = readdirSync(boot).find((entry) => entry.startsWith('vmlinuz-'));
  if (name === undefined) throw new GuestsError(`${file} has no kernel; correct scripts/guests/packages.ts`);
  const image = readFileSync(join(boot, name));
  const made = guestFiles(kernel);
  mkdirSync(dirname(made.image), { recursive: true });
  writeFileSync(made.image, image);
  writeFileSync(made.imageGz, gzipSync(image));
  const initrd = initramfs(unpacked, false);
  writeFileSync(made.initrd, initrd);
  writeFileSync(made.programs, initramfs(unpacked, true));
  rmSync(made.selftests, { force: true });
  writeFileSync(made.nested, nestedInitramfs(unpacked, image, initrd));
  if (kernel === XEN_KERNEL) copy(xenInitramfs(unpacked, image, initrd), XEN_FILES.initrd);
}

function copy(bytes: Uint8Array, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, bytes);
}

/**
 * Leaves all guests in the cache. Does nothing, without network, when this state of the scripts has made them already;
 * to have newer packages, delete the cache. Throws GuestsError.
 */
export function fetchGuests(say: (text: string) => void): void {
  const cache = cacheFolder();
  const stamp = join(cache, 'recipe');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === recipe()) return;
  rmSync(stamp, { force: true });
  const apt = new Apt(join(cache, 'apt'));
  say('fetching the package lists of Debian 12 arm64');
  apt.update();
  const kernels = KERNELS.map(({ name, meta }) => ({ name, package: apt.dependency(meta) }));
  const userland = apt.withDependencies([SHELL, ...PROGRAMS, EMULATOR, XEN_TOOLS].map((one) => one.package));
  const alone = [...FIRMWARE, XEN].map((one) => one.package);
  say(`fetching ${kernels.length} kernels and ${userland.length + alone.length} packages, 150 MB if all are new`);
  const files = apt.download([...kernels.map((kernel) => kernel.package), ...alone, ...userland]);
  const work = join(cache, 'work');
  unpack(
    userland.map((name) => files[name]),
    join(work, 'userland'),
  );
  const images = join(work, 'images');
  unpack(
    alone.map((name) => files[name]),
    images,
  );
  for (const { name, file } of FIRMWARE) copy(readFileSync(join(images, file)), firmwareFile(name));
  copy(readFileSync(join(images, XEN.file)), XEN_FILES.hypervisor);
  for (const kernel of kernels) {
    say(`making the guest ${kernel.name} from ${kernel.package}`);
    make(kernel.name, files[kernel.package], work);
  }
  rmSync(work, { recursive: true });
  writeFileSync(stamp, recipe());
}
