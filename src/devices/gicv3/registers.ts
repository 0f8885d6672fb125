/** What the register frames of GICD and GICR have in common: lanes, identification, arrays that are RES0. */

/** Implementer Arm; the revision fields are zero, as in QEMU. */
export const IIDR_VALUE = 0x43b;
/** Offset in a frame of 64 KiB of PIDR4 to 7, PIDR0 to 3 and CIDR0 to 3. */
const ID = 0xffd0;
const ID_END = 0x1_0000;
/** `part`: bits [7:0] of the part number. PIDR2.ArchRev is 3. */
const idBytes = (part: number): readonly number[] => [
  ...[0x44, 0x00, 0x00, 0x00],
  ...[part, 0xb4, 0x3b, 0x00],
  ...[0x0d, 0xf0, 0x05, 0xb1],
];
export const DISTRIBUTOR_ID = idBytes(0x92);
export const REDISTRIBUTOR_ID = idBytes(0x93);

/** The identification byte at an offset of a frame; undefined at other offsets. */
export const idAt = (bytes: readonly number[], offset: number): number | undefined =>
  offset >= ID && offset < ID_END ? bytes[(offset - ID) >>> 2] : undefined;

const SIZE_MASK = { 1: 0xff, 2: 0xffff, 4: -1 } as const;

/** The bits of a word that an access of `size` bytes at `offset` reaches. */
export const lanesOf = (offset: number, size: 1 | 2 | 4): number => SIZE_MASK[size] << ((offset & 3) * 8);

/** What such a read returns of the word. */
export const fromWord = (word: number, offset: number, size: 1 | 2 | 4): number =>
  ((word >>> ((offset & 3) * 8)) & SIZE_MASK[size]) >>> 0;

/** IGRPMODR and NSACR, which a GIC with one security state has no use for. */
const IGRPMODR = 0xd00;
const NSACR_END = 0xf00;
export const isSecurityArray = (offset: number): boolean => offset >= IGRPMODR && offset < NSACR_END;
