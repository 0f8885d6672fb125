/** Interrupt numbers of a GICv2 and how they travel in the acknowledge registers (IHI 0048B, "Interrupt IDs"). */

/** INTIDs 0 to 15 are SGIs and 16 to 31 PPIs, a set for each CPU; SPIs follow. */
export const SGIS = 16;
export const FIRST_SPI = 32;
/** INTIDs of the board: 256 SPIs, as on QEMU's `virt`. */
export const INTIDS = 288;
/** Words of a bitmap of all INTIDs. */
export const WORDS = INTIDS / 32;
/** CPU interfaces that the architecture allows. */
export const MAX_CPUS = 8;

/** INTID and, for SGIs, the CPU that sent it, as GICC_IAR and GICC_EOIR hold them. */
export const INTID_MASK = 0x3ff;
export const SOURCE_SHIFT = 10;
export const SOURCE_MASK = 7;
export const ACKNOWLEDGE_MASK = 0x1fff;

/** INTIDs from here on are special. */
export const FIRST_SPECIAL = 1020;
/** The pending interrupt is in Group 1 and must be acknowledged as such. */
export const OTHER_GROUP = 1022;
/** No interrupt of sufficient priority is pending. */
export const SPURIOUS = 1023;

/** Priority below every interrupt's: nothing is pending, or nothing is active. */
export const IDLE = 0x100;

/** Maintenance interrupt of the virtual interface: PPI 9, level-sensitive. */
export const MAINTENANCE_INTID = 25;

/** Number of the lowest bit set; the word is not 0. */
export const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
