/** Writes an ELF64 of a bare-metal AArch64 program. */

export interface Segment {
  readonly pa: number;
  readonly bytes: Uint8Array;
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PAGE = 4096;
const ET_EXEC = 2;
const EM_AARCH64 = 183;
const READ_WRITE_EXECUTE = 7;

const aligned = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/** The program that starts at `entry`, a PA like those of its segments. */
export function elf(entry: number, segments: readonly Segment[]): Uint8Array {
  const total = segments.reduce((sum, { bytes }) => sum + aligned(bytes.length), PAGE);
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint32(16, ET_EXEC | (EM_AARCH64 << 16), true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, PROGRAM_HEADER_BYTES, true);
  view.setUint16(56, segments.length, true);
  let offset = PAGE;
  for (const [i, { pa, bytes }] of segments.entries()) {
    const header = HEADER_BYTES + i * PROGRAM_HEADER_BYTES;
    view.setUint32(header, 1, true);
    view.setUint32(header + 4, READ_WRITE_EXECUTE, true);
    for (const [field, value] of [offset, pa, pa, bytes.length, bytes.length, PAGE].entries()) {
      view.setBigUint64(header + 8 + field * 8, BigInt(value), true);
    }
    file.set(bytes, offset);
    offset += aligned(bytes.length);
  }
  return file;
}
