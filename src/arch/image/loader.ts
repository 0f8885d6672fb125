/** Puts a guest's files into memory where QEMU's `virt` board would, and says how to start it. */

import { hex } from '../addresses.ts';
import { withChosen } from '../fdt-chosen.ts';
import { isElf, readElf, type Segment } from './elf.ts';
import type { Symbol64 } from './elf-symbols.ts';
import { type GuestFile, ImageError } from './image-error.ts';
import { type KernelRequest, type LoadedRange, placeKernel } from './kernel-layout.ts';

/** Where files go: a machine's bus by PA, a VM's memory slots by IPA. Its RAM holds zeros when loading starts. */
export interface LoadTarget {
  /** Copies bytes in; false, and nothing is written, if one of them is not RAM. */
  writeBytes(address: number, bytes: Uint8Array): boolean;
}

export interface LoadRequest extends KernelRequest {
  /** Flattened device tree; a kernel finds it with the place of the RAM disk in /chosen. */
  readonly deviceTree: Uint8Array;
}

export interface LoadedImage {
  /** `firmware`: what a machine's flash holds, which loads the rest itself. */
  format: 'ELF' | 'Image' | 'flat' | 'firmware';
  /** Address of the first instruction. */
  entry: number;
  /** X0 at the entry: the device tree's address; 0 for an ELF. */
  x0: number;
  /** The image's parts, BSS included, ascending by address. */
  ranges: LoadedRange[];
  /** The initial RAM disk. */
  initrd: LoadedRange | undefined;
  /** The device tree as the guest finds it. */
  deviceTree: Uint8Array;
  /** Address of the device tree; undefined when an ELF leaves no room for it below itself. */
  deviceTreeAddress: number | undefined;
  /** Ascending by value; empty unless the file is an ELF with symbols. */
  symbols: Symbol64[];
}

/** The kernel maps the 2 MiB that hold the device tree as one block (Linux, Documentation/arm64/booting.rst). */
const DEVICE_TREE_ALIGN = 0x20_0000;

/** Files that people give by mistake and that would otherwise run as flat code: first bytes, name, what to do. */
const FOREIGN: readonly [number[], string, string][] = [
  [[0x1f, 0x8b, 0x08], 'a gzip file', 'unpack it with gunzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'an xz file', 'unpack it with unxz'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file', 'unpack it with unzstd'],
  [[0x27, 0x05, 0x19, 0x56], 'a U-Boot uImage', 'give the kernel inside'],
  [[0xd0, 0x0d, 0xfe, 0xed], 'a device tree', 'give the kernel'],
  [[0x4d, 0x5a, 0x00, 0x00, 0x7a, 0x69, 0x6d, 0x67], 'an EFI zboot image', 'give the uncompressed Image'],
];

/**
 * Loads an ELF, an arm64 `Image` or a flat binary. Throws ImageError for every fault of a file or its placement, and
 * FdtError when a RAM disk has to be put into a device tree that is none.
 */
export function loadImage(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { file } = request;
  if (file.length === 0) throw new ImageError('the file is empty: give an ELF, an arm64 Image or a flat binary');
  for (const [magic, what, advice] of FOREIGN) {
    if (magic.every((byte, i) => file[i] === byte)) throw new ImageError(`the file is ${what}; ${advice}`);
  }
  return isElf(file) ? loadElf(target, request) : loadKernel(target, request);
}

function loadElf(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { ramBase, deviceTree } = request;
  if (request.initrd !== undefined) {
    throw new ImageError('an ELF is started without an initrd: give the arm64 Image of the kernel instead of its ELF');
  }
  const { entry, segments, symbols } = readElf(request.file);
  for (const s of segments) checkInRam(request, `segment ${s.index}`, s.address, s.memoryBytes);
  for (const s of segments) put(target, `segment ${s.index}`, s.address, s.bytes);
  const ranges = segments
    .map((s: Segment) => ({ address: s.address, bytes: s.memoryBytes }))
    .sort((a, b) => a.address - b.address);
  const room = ranges[0].address - ramBase;
  const deviceTreeAddress = deviceTree.length <= room ? ramBase : undefined;
  if (deviceTreeAddress !== undefined) put(target, 'device tree', deviceTreeAddress, deviceTree);
  return { format: 'ELF', entry, x0: 0, ranges, initrd: undefined, deviceTree, deviceTreeAddress, symbols };
}

/** An `Image` or flat code, started by the rules of Linux, Documentation/arm64/booting.rst. */
function loadKernel(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { file, initrd } = request;
  const { isImage, kernel, ramDisk } = placeKernel(request);
  const what = isImage ? 'arm64 Image' : 'flat binary';
  checkInRam(request, what, kernel.address, kernel.bytes);
  checkInRam(request, 'initrd', ramDisk.address, ramDisk.bytes, 'initrd');

  const loadedRamDisk = initrd === undefined ? undefined : ramDisk;
  const deviceTree = withChosen(request.deviceTree, { initrd: loadedRamDisk });
  const x0 = Math.ceil((ramDisk.address + ramDisk.bytes) / DEVICE_TREE_ALIGN) * DEVICE_TREE_ALIGN;
  if (isImage && deviceTree.length > DEVICE_TREE_ALIGN) {
    throw new ImageError(`the device tree has ${deviceTree.length} bytes, a kernel takes at most 2 MiB`, 'deviceTree');
  }
  checkInRam(request, 'device tree', x0, deviceTree.length, 'deviceTree');
  put(target, what, kernel.address, file);
  if (initrd !== undefined) put(target, 'initrd', ramDisk.address, initrd);
  put(target, 'device tree', x0, deviceTree);
  return {
    format: isImage ? 'Image' : 'flat',
    entry: kernel.address,
    x0,
    ranges: [kernel],
    initrd: loadedRamDisk,
    deviceTree,
    deviceTreeAddress: x0,
    symbols: [],
  };
}

function checkInRam(
  { ramBase, ramBytes }: LoadRequest,
  what: string,
  address: number,
  bytes: number,
  file: GuestFile = 'image',
): void {
  const ramEnd = ramBase + ramBytes;
  if (address >= ramBase && address + bytes <= ramEnd) return;
  const advice = file === 'image' ? 'give more memory with -m, or link it lower' : 'give more memory with -m';
  throw new ImageError(
    `${what} at ${hex(address)} to ${hex(address + bytes)} is outside RAM (${hex(ramBase)} to ${hex(ramEnd)}): ` +
      (address < ramBase ? 'link it for RAM' : advice),
    file,
  );
}

function put(target: LoadTarget, what: string, address: number, bytes: Uint8Array): void {
  if (!target.writeBytes(address, bytes)) {
    throw new ImageError(`${what} at ${hex(address)}, ${hex(bytes.length)} bytes, is not all RAM: link it for RAM`);
  }
}
