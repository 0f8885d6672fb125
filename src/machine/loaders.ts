/** Files and values that go into a machine's memory besides its image (QEMU's `loader` and `guest-loader` devices). */

import { hex } from '../arch/addresses.ts';
import type { BootModule } from '../arch/fdt-chosen.ts';
import { isElf, readElf } from '../arch/image/elf.ts';
import { ImageError } from '../arch/image/image-error.ts';
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
}

/** The modules among the loaders, for the device tree. */
export function modulesOf(loaders: readonly Loader[]): BootModule[] {
  return loaders.flatMap((loader) => {
    if (loader.kind === 'file' || loader.kind === 'entry') return [];
    const { kind, address, file, bootargs } = loader;
    return [{ kind, address, bytes: file.length, bootargs }];
  });
}

/** Puts everything into memory; where CPUs start because of it. Throws MachineError for what cannot be done. */
export function runLoaders(target: LoadTarget, loaders: readonly Loader[], cpus: number): Entry[] {
  return loaders.flatMap((loader) => {
    const { pieces, entry } = contentsOf(loader);
    for (const { address, bytes } of pieces) {
      if (target.writeBytes(address, bytes)) continue;
      throw new MachineError(
        `${loader.name}: ${hex(bytes.length)} bytes at ${hex(address)} are not all RAM; give more memory with -m, or another addr=`,
      );
    }
    if (loader.kind !== 'file' && loader.kind !== 'entry') return [];
    if (loader.cpu === undefined) return [];
    if (loader.cpu >= cpus) throw new MachineError(`${loader.name}: there is no CPU ${loader.cpu}`);
    return [{ cpu: loader.cpu, address: entry, x0: 0 }];
  });
}

function contentsOf(loader: Loader): { pieces: Piece[]; entry: number } {
  if (loader.kind === 'entry') return { pieces: [], entry: loader.address };
  const { name, file, address } = loader;
  if (loader.kind === 'file' && loader.isRaw !== true && isElf(file)) return elfContents(name, file);
  if (address === undefined) throw new MachineError(`${name}: it is no ELF; say where it goes with addr=`);
  return { pieces: [{ address, bytes: file }], entry: address };
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
