/** Layout of a soft TLB: a direct-mapped array in linear memory from pages of VA to frames of host memory. */

/** Entries of an array at first, and at the most; powers of two. */
export const SOFT_TLB_ENTRIES = 1024;
export const SOFT_TLB_MAX_ENTRIES = 16384;
/** log2 of the bytes of an entry. */
export const SOFT_TLB_ENTRY_SHIFT = 5;
/** What masks VA >> (12 - SOFT_TLB_ENTRY_SHIFT) to the offset of its entry in an array of so many entries. */
export const softTlbMask = (entries: number): number => (entries - 1) << SOFT_TLB_ENTRY_SHIFT;
/** Fields: i64 tags, VA >> 12 when reads (writes) may take the fast path, all ones when not. */
export const SOFT_TLB_READ = 0;
export const SOFT_TLB_WRITE = 8;
/** i32 to add to the low half of the VA to get the offset in linear memory. */
export const SOFT_TLB_ADDEND = 16;
/** i64 tag like the others: code of the page may run without a fetch through the TLB. */
export const SOFT_TLB_EXECUTE = 24;
/**
 * Bit of the high half of READ and WRITE tags that makes them match no VA: the page is a device's, found without a
 * translation. ADDEND then leads to the number of that page (see `DeviceMap`) as otherwise to a frame.
 */
export const SOFT_TLB_DEVICE = 0x8000_0000;
