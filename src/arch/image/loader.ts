/** Puts a guest image and its device tree into memory where QEMU's `virt` board would, and says how to start it. */

import { hex } from '../addresses.ts';
import { isElf, readElf, type Segment } from './elf.ts';
import type { Symbol64 } from './elf-symbols.ts';
import { ImageError } from './image-error.ts';
import { isLinuxImage, readLinuxImage } from './linux-image.ts';

/** Where images go: a machine's bus by PA, a VM's memory slots by IPA. Its RAM holds zeros when loading starts. */
export interface LoadTarget {
  /** Copies bytes in; false, and nothing is written, if one of them is not RAM. */
  writeBytes(address: number, bytes: Uint8Array): boolean;
}

export interface LoadRequest {
  file: Uint8Array;
  /** RAM of the board, in bytes, in the address space of the target. */
  ramBase: number;
  ramBytes: number;
  /** Flattened device tree. */
  deviceTree: Uint8Array;
}

/** A piece of the guest's memory that loading gave a purpose. */
export interface LoadedRange {
  address: number;
  bytes: number;
}

export interface LoadedImage {
  format: 'ELF' | 'Image' | 'flat';
  /** Address of the first instruction. */
  entry: number;
  /** X0 at the entry: the device tree's address; 0 for an ELF. */
  x0: number;
  /** The image's parts, BSS included, ascending by address. */
  ranges: LoadedRange[];
  /** Address of the device tree; undefined when an ELF leaves no room for it below itself. */
  deviceTreeAddress: number | undefined;
  /** Ascending by value; empty unless the file is an ELF with symbols. */
  symbols: Symbol64[];
}

/** QEMU keeps its boot stub in the first page of RAM and moves a kernel that would be there up by 2 MiB. */
const BOOT_STUB_BYTES = 0x1000;
const MIB = 0x10_0000;
const FLAT_OFFSET = 0x8_0000;
/** The kernel maps the 2 MiB that hold the device tree as one block. */
const DEVICE_TREE_ALIGN = 2 * MIB;

/** Files that people give by mistake and that would otherwise run as flat code: first bytes, name, what to do. */
const FOREIGN: readonly [number[], string, string][] = [
  [[0x1f, 0x8b, 0x08], 'a gzip file', 'unpack it with gunzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'an xz file', 'unpack it with unxz'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file', 'unpack it with unzstd'],
  [[0x27, 0x05, 0x19, 0x56], 'a U-Boot uImage', 'give the kernel inside'],
  [[0xd0, 0x0d, 0xfe, 0xed], 'a device tree', 'give the kernel'],
  [[0x4d, 0x5a, 0x00, 0x00, 0x7a, 0x69, 0x6d, 0x67], 'an EFI zboot image', 'give the uncompressed Image'],
];

/** Loads an ELF, an arm64 `Image` or a flat binary. Throws ImageError for every fault of the file or its placement. */
export function loadImage(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { file } = request;
  if (file.length === 0) throw new ImageError('the file is empty: give an ELF, an arm64 Image or a flat binary');
  for (const [magic, what, advice] of FOREIGN) {
    if (magic.every((byte, i) => file[i] === byte)) throw new ImageError(`the file is ${what}; ${advice}`);
  }
  return isElf(file) ? loadElf(target, request) : loadKernel(target, request);
}

function loadElf(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { entry, segments, symbols } = readElf(request.file);
  for (const s of segments) checkInRam(request, `segment ${s.index}`, s.address, s.memoryBytes);
  for (const s of segments) put(target, `segment ${s.index}`, s.address, s.bytes);
  const ranges = segments
    .map((s: Segment) => ({ address: s.address, bytes: s.memoryBytes }))
    .sort((a, b) => a.address - b.address);
  const room = ranges[0].address - request.ramBase;
  const deviceTreeAddress = request.deviceTree.length <= room ? request.ramBase : undefined;
  if (deviceTreeAddress !== undefined) put(target, 'device tree', deviceTreeAddress, request.deviceTree);
  return { format: 'ELF', entry, x0: 0, ranges, deviceTreeAddress, symbols };
}

/** An `Image` or flat code, started by the rules of Linux, Documentation/arm64/booting.rst. */
function loadKernel(target: LoadTarget, request: LoadRequest): LoadedImage {
  const { file, ramBase, ramBytes, deviceTree } = request;
  const isImage = isLinuxImage(file);
  const { textOffset, memoryBytes } = isImage
    ? readLinuxImage(file)
    : { textOffset: FLAT_OFFSET, memoryBytes: file.length };
  const entry = ramBase + textOffset + (textOffset < BOOT_STUB_BYTES ? 2 * MIB : 0);
  const what = isImage ? 'arm64 Image' : 'flat binary';
  checkInRam(request, what, entry, memoryBytes);

  const wanted = Math.max(ramBase + Math.min(ramBytes / 2, 128 * MIB), entry + memoryBytes);
  const x0 = Math.ceil(wanted / DEVICE_TREE_ALIGN) * DEVICE_TREE_ALIGN;
  checkInRam(request, 'device tree', x0, deviceTree.length);
  put(target, what, entry, file);
  put(target, 'device tree', x0, deviceTree);
  return {
    format: isImage ? 'Image' : 'flat',
    entry,
    x0,
    ranges: [{ address: entry, bytes: memoryBytes }],
    deviceTreeAddress: x0,
    symbols: [],
  };
}

function checkInRam({ ramBase, ramBytes }: LoadRequest, what: string, address: number, bytes: number): void {
  const ramEnd = ramBase + ramBytes;
  if (address < ramBase || address + bytes > ramEnd) {
    throw new ImageError(
      `${what} at ${hex(address)} to ${hex(address + bytes)} is outside RAM (${hex(ramBase)} to ${hex(ramEnd)}): ` +
        (address < ramBase ? 'link it for RAM' : 'give more memory with -m, or link it lower'),
    );
  }
}

function put(target: LoadTarget, what: string, address: number, bytes: Uint8Array): void {
  if (!target.writeBytes(address, bytes)) {
    throw new ImageError(`${what} at ${hex(address)}, ${hex(bytes.length)} bytes, is not all RAM: link it for RAM`);
  }
}
