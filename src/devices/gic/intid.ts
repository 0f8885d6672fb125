/** Interrupt numbers (IHI 0048B and IHI 0069, "Interrupt IDs"), and the size of the board's GIC. */

/** INTIDs 0 to 15 are SGIs and 16 to 31 PPIs, a set for each CPU; SPIs follow. */
export const SGIS = 16;
export const FIRST_SPI = 32;
/** INTIDs of the board: 256 SPIs, as on QEMU's `virt`. */
export const INTIDS = 288;
/** Words of a bitmap of all INTIDs. */
export const WORDS = INTIDS / 32;
/** CPUs of the board. */
export const MAX_CPUS = 8;

/** INTIDs from here to 1023 are special. */
export const FIRST_SPECIAL = 1020;
/** No interrupt of sufficient priority is pending. */
export const SPURIOUS = 1023;

/** Priority below every interrupt's: nothing is pending, or nothing is active. */
export const IDLE = 0x100;

/** Maintenance interrupt of the virtual interface: PPI 9, level-sensitive. */
export const MAINTENANCE_INTID = 25;

/** Number of the lowest bit set; the word is not 0. */
export const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
