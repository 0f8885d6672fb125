/** How a GICv2 tells interrupts in GICC_IAR, and takes them in GICC_EOIR and GICC_DIR (IHI 0048B, "GICC_IAR"). */

/** INTID and, for SGIs, the CPU that sent it. */
export const INTID_MASK = 0x3ff;
export const SOURCE_SHIFT = 10;
export const SOURCE_MASK = 7;
export const ACKNOWLEDGE_MASK = 0x1fff;

/** The pending interrupt is in Group 1 and must be acknowledged as such. */
export const OTHER_GROUP = 1022;
