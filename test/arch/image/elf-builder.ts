/** Builds small ELF64 files, valid or broken in one field, for the loader's tests. */

export interface SegmentSpec {
  address: number;
  virtualAddress?: bigint;
  bytes: number;
  memoryBytes?: number;
  flags?: number;
  type?: number;
}

const HEADER = 64;
const PROGRAM_HEADER = 56;

/** An ELF64 for AArch64 whose segments hold the bytes 1, 2, 3… */
export function buildElf(entry: bigint, segments: readonly SegmentSpec[]): Uint8Array {
  const dataAt = HEADER + segments.length * PROGRAM_HEADER;
  const out = new Uint8Array(dataAt + segments.reduce((sum, s) => sum + s.bytes, 0));
  const view = new DataView(out.buffer);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 183, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, segments.length, true);
  let data = dataAt;
  segments.forEach((s, i) => {
    const at = HEADER + i * PROGRAM_HEADER;
    view.setUint32(at, s.type ?? 1, true);
    view.setUint32(at + 4, s.flags ?? 5, true);
    view.setBigUint64(at + 8, BigInt(data), true);
    view.setBigUint64(at + 16, s.virtualAddress ?? BigInt(s.address), true);
    view.setBigUint64(at + 24, BigInt(s.address), true);
    view.setBigUint64(at + 32, BigInt(s.bytes), true);
    view.setBigUint64(at + 40, BigInt(s.memoryBytes ?? s.bytes), true);
    for (let b = 0; b < s.bytes; b++) out[data + b] = b + 1;
    data += s.bytes;
  });
  return out;
}

/** A copy with one field overwritten; `value` a bigint writes 64 bits, a number `size` bytes. */
export function patched(file: Uint8Array, at: number, value: number | bigint, size: 1 | 2 | 4 = 1): Uint8Array {
  const out = file.slice();
  const view = new DataView(out.buffer);
  if (typeof value === 'bigint') view.setBigUint64(at, value, true);
  else for (let i = 0; i < size; i++) out[at + i] = value >>> (8 * i);
  return out;
}

/** The offset of a field in the program header of a segment. */
export const programField = (segment: number, field: number): number => HEADER + segment * PROGRAM_HEADER + field;
