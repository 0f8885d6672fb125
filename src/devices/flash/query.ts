/** What a NOR flash chip tells about itself: the Common Flash Interface's query table (JESD68.01; JEP137 for command sets). */

/** Geometry of one chip. */
export interface ChipGeometry {
  /** A power of two. */
  readonly bytes: number;
  /** Of an erase block. */
  readonly blockBytes: number;
  /** Of the write buffer, a power of two. */
  readonly bufferBytes: number;
}

/** Where the table begins, in the chip's words. */
export const QUERY_FIRST = 0x10;

const INTEL_EXTENDED = 0x0001;
const X8_X16 = 0x0002;
/** Where the command set's own table begins, in words. */
const EXTENDED = 0x31;

const word = (value: number): number[] => [value & 0xff, value >>> 8];
const text = (value: string): number[] => Array.from(value, (letter) => letter.charCodeAt(0));

/** The table, one byte a word, from QUERY_FIRST on. Volts are BCD tenths, times powers of two; the figures are QEMU's. */
export const queryTable = ({ bytes, blockBytes, bufferBytes }: ChipGeometry): readonly number[] => [
  ...text('QRY'),
  ...word(INTEL_EXTENDED),
  ...word(EXTENDED),
  // No alternative command set.
  ...word(0),
  ...word(0),
  // Vcc from 4.5 V to 5.5 V, no Vpp.
  ...[0x45, 0x55, 0, 0],
  // Typical times: a word and a full buffer in 2^n us, a block in 2^n ms, none for the chip; then 2^n times these at the most.
  ...[7, 7, 10, 0],
  ...[4, 4, 4, 0],
  Math.log2(bytes),
  ...word(X8_X16),
  ...word(Math.log2(bufferBytes)),
  // One region of equal blocks.
  1,
  ...word(bytes / blockBytes - 1),
  ...word(blockBytes >>> 8),
  ...text('PRI'),
  ...text('10'),
  // No optional feature or command: no suspension, no block lock.
  ...[0, 0, 0, 0],
  0,
  ...word(0),
  // No voltages to choose; one protection register that has no bits.
  ...[0, 0],
  1,
];
