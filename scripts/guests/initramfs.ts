/** Builds what Linux starts from: an initramfs that checks a machine, on demand with programs, and such as run a VM. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { libraryFiles, moduleFiles } from './closure.ts';
import { CONSOLE_NODE, cpio, DIRECTORY, type Entry, FILE, LINK, PROGRAM } from './cpio.ts';
import {
  CRYPTO_MODULES,
  DEVICE_MODULES,
  EMULATOR,
  PROGRAMS,
  SELFTESTS,
  SHELL,
  XEN_MODULES,
  XEN_TOOLS,
} from './packages.ts';

/** This folder in the repository: what is in it goes into the archive as it is. */
const SCRIPTS = 'scripts/guests/initramfs';
/** Mount points, and where programs expect to write. */
const EMPTY_FOLDERS = ['proc', 'sys', 'dev', 'tmp', 'mnt'];

const PROGRAM_FILES = PROGRAMS.flatMap((one) => one.files);

export interface Unpacked {
  /** Root of the unpacked kernel package. */
  readonly kernel: string;
  /** Root of all other packages, unpacked over each other. */
  readonly userland: string;
}

const program = (path: string, file: string): Entry => ({ path, mode: PROGRAM, data: readFileSync(file) });

/** A group of modules, and the list that `/init` loads it by. */
function modules(kernel: string, group: string, names: readonly string[]): Entry[] {
  const versions = join(kernel, 'lib/modules');
  const files = moduleFiles(join(versions, readdirSync(versions)[0]), names);
  const list = files.map((file) => `${basename(file)}\n`).join('');
  return [
    { path: `modules/${group}`, mode: FILE, data: Buffer.from(list) },
    ...files.map((file) => ({ path: `modules/${basename(file)}`, mode: FILE, data: readFileSync(file) })),
  ];
}

/** Programs, and the shared libraries that they need. */
function programs(userland: string, files: readonly string[]): Entry[] {
  const libraries = [...libraryFiles(userland, files)];
  return [
    ...files.map((file) => program(`usr/bin/${basename(file)}`, join(userland, file))),
    // Every library stands where the dynamic linker looks by default; the linker itself is among them (PT_INTERP).
    ...libraries.map(([name, file]) => program(`lib/${name}`, file)),
  ];
}

const scripts = (folder: string): Entry[] =>
  readdirSync(join(SCRIPTS, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => program(join(folder, name), join(SCRIPTS, folder, name)));

/** What every first process needs: a console, mount points, and busybox. */
const base = (userland: string): Entry[] => [
  { path: 'dev/console', mode: CONSOLE_NODE, device: [5, 1] },
  ...EMPTY_FOLDERS.map((path) => ({ path, mode: DIRECTORY })),
  program('bin/busybox', join(userland, SHELL.file)),
];

/** The same path may come from several packages. */
const archive = (entries: readonly Entry[]): Uint8Array =>
  cpio([...new Map(entries.map((entry) => [entry.path, entry])).values()]);

/** The archive, compressed; the same packages and scripts give the same bytes. Throws GuestsError for a missing file. */
export function initramfs({ kernel, userland }: Unpacked, withPrograms: boolean): Uint8Array {
  const entries = [
    ...base(userland),
    ...scripts('.'),
    ...scripts('checks'),
    ...modules(kernel, 'devices', DEVICE_MODULES),
  ];
  if (withPrograms) {
    entries.push(
      ...scripts('programs'),
      ...modules(kernel, 'crypto', CRYPTO_MODULES),
      ...programs(userland, PROGRAM_FILES),
    );
  }
  return gzipSync(archive(entries), { level: 9 });
}

/** What a VM starts from. */
const guest = (image: Uint8Array, initrd: Uint8Array): Entry[] => [
  { path: 'guest/Image', mode: FILE, data: image },
  { path: 'guest/initrd.gz', mode: FILE, data: initrd },
];

/** The archive, compressed, that runs `SELFTESTS`; `read` gives the file of a program. */
export function selftestsInitramfs(userland: string, read: (name: string) => Uint8Array): Uint8Array {
  const names = SELFTESTS.map((line) => line.split(' ')[0]);
  const entries = [
    ...base(userland),
    program('init', join(SCRIPTS, 'selftests/init')),
    { path: 'selftests/list', mode: FILE, data: Buffer.from(SELFTESTS.map((line) => `${line}\n`).join('')) },
    ...names.map((name) => ({ path: `selftests/${name}`, mode: PROGRAM, data: read(name) })),
  ];
  return gzipSync(archive(entries), { level: 9 });
}

/** An archive whose first process boots the given kernel and initramfs in a VM; uncompressed, as most of it is read once. */
export const nestedInitramfs = ({ userland }: Unpacked, image: Uint8Array, initrd: Uint8Array): Uint8Array =>
  archive([
    ...base(userland),
    program('init', join(SCRIPTS, 'nested/init')),
    ...programs(userland, [EMULATOR.file]),
    ...guest(image, initrd),
  ]);

/** Folders that Xen's tools write to. */
const XEN_FOLDERS = [
  'var',
  'var/log',
  'var/log/xen',
  'var/lib',
  'var/lib/xen',
  'var/lib/xenstored',
  'run',
  'run/xen',
  'run/xenstored',
  'run/lock',
];

/** An archive for Xen's dom0, whose first process boots the given kernel and initramfs in a domain of its own. */
export const xenInitramfs = ({ kernel, userland }: Unpacked, image: Uint8Array, initrd: Uint8Array): Uint8Array =>
  archive([
    ...base(userland),
    ...XEN_FOLDERS.map((path) => ({ path, mode: DIRECTORY })),
    { path: 'var/run', mode: LINK, data: Buffer.from('../run') },
    { path: 'var/lock', mode: LINK, data: Buffer.from('../run/lock') },
    { path: 'etc/xen/xl.conf', mode: FILE, data: new Uint8Array(0) },
    program('init', join(SCRIPTS, 'xen/init')),
    ...modules(kernel, 'xen', XEN_MODULES),
    ...programs(userland, XEN_TOOLS.files),
    ...guest(image, initrd),
  ]);
