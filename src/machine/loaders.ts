/** Files and values that go into a machine's memory besides its image (QEMU's `loader` and `guest-loader` devices). */

import { hex } from '../arch/addresses.ts';
import type { BootModule } from '../arch/fdt-chosen.ts';
import { isElf, readElf } from '../arch/image/elf.ts';
import { ImageError } from '../arch/image/image-error.ts';
import type { LoadedRange } from '../arch/image/kernel-layout.ts';
import type { LoadTarget } from '../arch/image/loader.ts';
import { MachineError } from './machine-error.ts';

/** Addresses are PAs; `name` is what messages call it. */
export type Loader =
  /** A file: an ELF unless `isRaw`, or raw bytes at an address. CPU number `cpu` starts there. */
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly file: Uint8Array;
      readonly isRaw?: boolean | undefined;
      readonly address?: number | undefined;
      readonly cpu?: number | undefined;
    }
  /** Bytes over whatever is there. */
  | {
      readonly kind: 'value';
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly address: number;
      readonly cpu?: number | undefined;
    }
  /** A program counter alone. */
  | { readonly kind: 'entry'; readonly name: string; readonly address: number; readonly cpu: number }
  /** What the image, a hypervisor, is to start itself; it finds it by the device tree. */
  | {
      readonly kind: BootModule['kind'];
      readonly name: string;
      readonly file: Uint8Array;
      readonly address: number;
      readonly bootargs?: string | undefined;
    };

/** Where a CPU starts, a PA, and with what. */
export interface Entry {
  readonly cpu: number;
  readonly address: number;
  readonly x0: number;
}

interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Bytes in memory, where the rest is zero. */
  readonly memoryBytes: number;
}

/** A range that a file has. */
export interface TakenRange extends LoadedRange {
  /** What messages call the file. */
  readonly name: string;
}

/** The modules among the loaders, for the device tree. */
export function modulesOf(loaders: readonly Loader[]): BootModule[] {
  return loaders.flatMap((loader) => {
    if (loader.kind !== 'kernel' && loader.kind !== 'ramdisk') return [];
    const { kind, address, file, bootargs } = loader;
    return [{ kind, address, bytes: file.length, bootargs }];
  });
}

/**
 * Puts everything into memory, beside the ranges that are taken; where CPUs start because of it. Throws MachineError for
 * what cannot be done.
 */
export function runLoaders(
  target: LoadTarget,
  loaders: readonly Loader[],
  cpus: number,
  taken: readonly TakenRange[],
): Entry[] {
  const ranges = [...taken];
  return loaders.flatMap((loader) => {
    const { pieces, entry } = contentsOf(loader);
    for (const { address, bytes, memoryBytes } of pieces) {
      if (loader.kind !== 'value') take(ranges, { name: loader.name, address, bytes: memoryBytes });
      if (target.writeBytes(address, bytes)) continue;
      throw new MachineError(
        `${loader.name}: ${hex(bytes.length)} bytes at ${hex(address)} are not all RAM; give more memory with -m, or another addr=`,
      );
    }
    if (!('cpu' in loader) || loader.cpu === undefined) return [];
    if (loader.cpu >= cpus) throw new MachineError(`${loader.name}: there is no CPU ${loader.cpu}`);
    return [{ cpu: loader.cpu, address: entry, x0: 0 }];
  });
}

/** Throws MachineError when a range has bytes in common with one that is taken. */
function take(taken: TakenRange[], range: TakenRange): void {
  const { name, address, bytes } = range;
  const other = taken.find((one) => address < one.address + one.bytes && one.address < address + bytes);
  if (other !== undefined) {
    throw new MachineError(
      `${name}: ${hex(bytes)} bytes at ${hex(address)} would lie over ${other.name} at ${hex(other.address)}; give another addr=`,
    );
  }
  taken.push(range);
}

const pieceOf = (address: number, bytes: Uint8Array): Piece => ({ address, bytes, memoryBytes: bytes.length });

function contentsOf(loader: Loader): { pieces: Piece[]; entry: number } {
  if (loader.kind === 'entry') return { pieces: [], entry: loader.address };
  if (loader.kind === 'value') return { pieces: [pieceOf(loader.address, loader.bytes)], entry: loader.address };
  const { name, file, address } = loader;
  if (loader.kind === 'file' && loader.isRaw !== true && isElf(file)) return elfContents(name, file);
  if (address === undefined) throw new MachineError(`${name}: it is no ELF; say where it goes with addr=`);
  return { pieces: [pieceOf(address, file)], entry: address };
}

function elfContents(name: string, file: Uint8Array): { pieces: Piece[]; entry: number } {
  try {
    const { entry, segments } = readElf(file);
    return { pieces: segments, entry };
  } catch (error) {
    if (error instanceof ImageError) throw new MachineError(`${name}: ${error.message}`);
    throw error;
  }
}
