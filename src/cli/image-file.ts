/** Files that guests start from: images, RAM disks and device trees, read, named, and the errors of their contents. */

import { FdtError, parseFdt } from '../arch/fdt-parse.ts';
import { type GuestFile, ImageError } from '../arch/image/image-error.ts';
import { gunzip, isGzip } from '../host/gunzip.ts';
import type { Host } from '../host/host.ts';
import type { Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

/** A file and what is in it. */
export interface DataFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ImageFile extends DataFile {
  /** What the VM that runs it is called: the file's name, numbered where several have it. */
  readonly name: string;
}

/** Reads the images, and unpacks those that are gzip files. Throws FileError. */
export function readImages({ images, memoryBytes }: Settings, host: Host): ImageFile[] {
  const taken = new Set<string>();
  return images.map((path) => {
    const base = path.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '') || 'vm';
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    const bytes = host.readFile(path);
    return { path, name, bytes: isGzip(bytes) ? gunzip(path, bytes, unpackedLimit(memoryBytes)) : bytes };
  });
}

/** Bytes that a packed file may hold: what fits into RAM, in one piece of the host's memory. */
const unpackedLimit = (memoryBytes: number): number => Math.min(memoryBytes, 2 ** 31);

/** Reads an initial RAM disk; the kernel unpacks it, so one that is packed by gzip is only checked. Throws FileError. */
export function readInitrd(path: string, { memoryBytes }: Settings, host: Host): DataFile {
  const bytes = host.readFile(path);
  if (isGzip(bytes)) gunzip(path, bytes, unpackedLimit(memoryBytes));
  return { path, bytes };
}

/** Reads a device tree. Throws FileError, and UsageError when it is none. */
export function readDeviceTree(path: string, host: Host): DataFile {
  const bytes = host.readFile(path);
  try {
    parseFdt(bytes);
  } catch (error) {
    if (error instanceof FdtError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
  return { path, bytes };
}

/** What a guest starts from. */
export type GuestFiles = { readonly [File in GuestFile]?: DataFile | undefined };

/** Loads files; what is wrong with one becomes a UsageError that begins with its path. */
export function loadFrom<Result>(files: GuestFiles, load: () => Result): Result {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const file = files[error.file] ?? files.image;
    throw new UsageError(file === undefined ? error.message : `${file.path}: ${error.message}`);
  }
}
