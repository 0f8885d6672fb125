/** The word that describes a memory access to its slow path: size, kind and what the fault syndrome needs. */

/** Bytes of one single-copy atomic access. */
export type AccessSize = 1 | 2 | 4 | 8;

export const SIZE_MASK = 0xf;
export const ACCESS_WRITE = 1 << 4;
/** The value read is sign-extended, to 32 bits or to 64. */
export const ACCESS_SIGNED = 1 << 5;
export const ACCESS_SIGNED32 = 1 << 6;
/** Access made with EL0's permission (LDTR, STTR). */
export const ACCESS_UNPRIVILEGED = 1 << 7;
/** DC ZVA: Device memory refuses it (DDI 0487, "DC ZVA"). */
export const ACCESS_ZERO_BLOCK = 1 << 8;
