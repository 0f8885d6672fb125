/** Header of an arm64 Linux `Image` (Linux, Documentation/arm64/booting.rst). */

import { hex } from '../addresses.ts';
import { ImageError } from './image-error.ts';

/** What the header asks of the boot loader. */
export interface LinuxImage {
  /** Bytes from the start of RAM (a 2 MiB boundary) to the image. */
  textOffset: number;
  /** Bytes that the kernel uses from its start, BSS included; at least the file's length. */
  memoryBytes: number;
}

const HEADER_BYTES = 64;
/** "MZ", the first instruction of kernels with an EFI stub. */
const MZ = 0x5a4d;
const PE_MAGIC = 0x4550;
const PE_HEADER_BYTES = 24;
const PE_SECTION_BYTES = 40;
/** "ARM\x64", at offset 56. */
const MAGIC = 0x644d5241;
/** text_offset of kernels before 3.17, whose image_size is 0. */
const OLD_TEXT_OFFSET = 0x8_0000;
const SIZE_LIMIT = 1n << 48n;

/** Whether a file carries the magic of an arm64 Linux `Image`. */
export function isLinuxImage(file: Uint8Array): boolean {
  if (file.length < HEADER_BYTES) return false;
  return new DataView(file.buffer, file.byteOffset, HEADER_BYTES).getUint32(56, true) === MAGIC;
}

/** Reads the header of a file that `isLinuxImage`. Throws ImageError. */
export function readLinuxImage(file: Uint8Array): LinuxImage {
  const view = new DataView(file.buffer, file.byteOffset, HEADER_BYTES);
  const textOffset = view.getBigUint64(8, true);
  const imageSize = view.getBigUint64(16, true);
  if ((view.getUint8(24) & 1) !== 0) {
    throw new ImageError('big-endian arm64 Image (flags at offset 0x18); el2 needs a little-endian kernel');
  }
  if (imageSize === 0n) return { textOffset: OLD_TEXT_OFFSET, memoryBytes: file.length };
  if (textOffset >= SIZE_LIMIT || imageSize >= SIZE_LIMIT || (textOffset & 3n) !== 0n) {
    throw new ImageError(
      `damaged arm64 Image: text_offset ${hex(textOffset)} (at offset 0x8), image_size ${hex(imageSize)} ` +
        '(at offset 0x10); copy or build it again',
    );
  }
  checkLength(file);
  return { textOffset: Number(textOffset), memoryBytes: Math.max(Number(imageSize), file.length) };
}

/** The header counts the BSS too; only the sections of the EFI stub (PE format, "COFF File Header") tell what the file has. */
function checkLength(file: Uint8Array): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint16(0, true) !== MZ) return;
  const header = view.getUint32(60, true);
  requireBytes(file, header + PE_HEADER_BYTES);
  if (view.getUint32(header, true) !== PE_MAGIC) return;
  const table = header + PE_HEADER_BYTES + view.getUint16(header + 20, true);
  const end = table + view.getUint16(header + 6, true) * PE_SECTION_BYTES;
  requireBytes(file, end);
  for (let at = table; at < end; at += PE_SECTION_BYTES) {
    requireBytes(file, view.getUint32(at + 16, true) + view.getUint32(at + 20, true));
  }
}

function requireBytes(file: Uint8Array, bytes: number): void {
  if (file.length < bytes) {
    throw new ImageError(
      `truncated arm64 Image: its EFI header needs ${hex(bytes)} bytes, the file ends at ${hex(file.length)}; copy or build it again`,
    );
  }
}
