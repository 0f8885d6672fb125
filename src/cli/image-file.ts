/** Files that guests start from: images and device trees, read, named, and the errors of their contents. */

import { FdtError, parseFdt } from '../arch/fdt-parse.ts';
import { ImageError } from '../arch/image/image-error.ts';
import type { Host } from '../host/host.ts';
import { UsageError } from './usage-error.ts';

export interface ImageFile {
  readonly path: string;
  /** What the VM that runs it is called: the file's name, numbered where several have it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads the files. Throws FileError. */
export function readImages(paths: readonly string[], host: Host): ImageFile[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = path.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '') || 'vm';
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    return { path, name, bytes: host.readFile(path) };
  });
}

/** Reads a device tree. Throws FileError, and UsageError when it is none. */
export function readDeviceTree(path: string, host: Host): Uint8Array {
  const blob = host.readFile(path);
  try {
    parseFdt(blob);
  } catch (error) {
    if (error instanceof FdtError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
  return blob;
}

/** Loads an image; what is wrong with it becomes a UsageError that begins with the file's path. */
export function loadFrom<Result>({ path }: ImageFile, load: () => Result): Result {
  try {
    return load();
  } catch (error) {
    if (error instanceof ImageError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}
