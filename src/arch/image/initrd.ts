/** Checks of an initial RAM disk (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */

import { hex } from '../addresses.ts';
import { ImageError } from './image-error.ts';

/** "070701", or "070702" with check sums; 13 fields of 8 hexadecimal digits follow. */
const CPIO_MAGIC = /^07070[12]$/;
const HEADER_BYTES = 110;
/** Fields by number: bytes of the file, and of its name with the zero at its end. */
const FILE_SIZE = 6;
const NAME_SIZE = 11;
const END = 'TRAILER!!!';

const aligned = (offset: number): number => Math.ceil(offset / 4) * 4;

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** Throws ImageError for a RAM disk that is empty, and for a cpio archive that breaks off; other formats are the kernel's. */
export function checkInitrd(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new ImageError('the file is empty: give an initial RAM disk', 'initrd');
  if (!CPIO_MAGIC.test(ascii(bytes, 0, 6))) return;
  for (let at = 0; ; ) {
    const header = ascii(bytes, at, at + HEADER_BYTES);
    const field = (number: number): number => Number.parseInt(header.slice(6 + number * 8, 14 + number * 8), 16);
    const nameEnd = at + HEADER_BYTES + field(NAME_SIZE);
    const next = aligned(aligned(nameEnd) + field(FILE_SIZE));
    const isHeader = CPIO_MAGIC.test(header.slice(0, 6)) && /^[0-9a-f]{104}$/i.test(header.slice(6));
    // The padding behind the last file may be missing.
    if (!isHeader || nameEnd > bytes.length) {
      throw new ImageError(
        `truncated or damaged cpio archive: no header of a file at offset ${hex(at)} of ${hex(bytes.length)}; ` +
          'copy or pack it again',
        'initrd',
      );
    }
    if (ascii(bytes, at + HEADER_BYTES, nameEnd - 1) === END) return;
    at = next;
  }
}
