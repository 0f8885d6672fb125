/** Where QEMU's `virt` board puts a kernel and its initial RAM disk. */

import { checkInitrd } from './initrd.ts';
import { isLinuxImage, readLinuxImage } from './linux-image.ts';

export interface KernelRequest {
  /** An arm64 `Image` or flat code. */
  readonly file: Uint8Array;
  /** Initial RAM disk. */
  readonly initrd?: Uint8Array | undefined;
  /** RAM of the board, in bytes, in the address space of the target. */
  readonly ramBase: number;
  readonly ramBytes: number;
}

/** A piece of the guest's memory that loading gave a purpose. */
export interface LoadedRange {
  readonly address: number;
  readonly bytes: number;
}

export interface KernelLayout {
  readonly isImage: boolean;
  /** The kernel with its BSS; it starts at its first byte. */
  readonly kernel: LoadedRange;
  /** Empty where there is none; the device tree comes after it all the same. */
  readonly ramDisk: LoadedRange;
}

/** QEMU keeps its boot stub in the first page of RAM and moves a kernel that would be there up by 2 MiB. */
const BOOT_STUB_BYTES = 0x1000;
const MIB = 0x10_0000;
const PAGE = 0x1000;
const FLAT_OFFSET = 0x8_0000;

/**
 * The RAM disk goes behind the kernel, and no lower than the middle of RAM or 128 MiB, so that an unpacking kernel does
 * not run over it. Places may lie outside RAM. Throws ImageError.
 */
export function placeKernel({ file, initrd, ramBase, ramBytes }: KernelRequest): KernelLayout {
  if (initrd !== undefined) checkInitrd(initrd);
  const isImage = isLinuxImage(file);
  const { textOffset, memoryBytes } = isImage
    ? readLinuxImage(file)
    : { textOffset: FLAT_OFFSET, memoryBytes: file.length };
  const entry = ramBase + textOffset + (textOffset < BOOT_STUB_BYTES ? 2 * MIB : 0);
  const wanted = Math.max(ramBase + Math.min(ramBytes / 2, 128 * MIB), entry + memoryBytes);
  return {
    isImage,
    kernel: { address: entry, bytes: memoryBytes },
    ramDisk: { address: Math.ceil(wanted / PAGE) * PAGE, bytes: initrd?.length ?? 0 },
  };
}
