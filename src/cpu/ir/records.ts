/** Layout of op records and block headers in linear memory. */

/** Bytes of one record: u16 op, d, a, b; then an i64 immediate, or u16 c and an i32 immediate in its upper half. */
export const RECORD_BYTES = 16;
export const RECORD_D = 2;
export const RECORD_A = 4;
export const RECORD_B = 6;
export const RECORD_IMM = 8;
export const RECORD_C = 8;
export const RECORD_IMM_HIGH = 12;

/** Bytes of the header in front of a block's first record. */
export const HEADER_BYTES = 32;
/** Offsets from the first record back to the header's i32 fields. */
/**
 * Links: the first record of the block at the target of the block's conditional branch, and of the one that it goes to
 * last; 0 when it is not known, NO_LINK when the target is on another page, and so has to be looked up.
 */
export const HEADER_LINK_TAKEN = -32;
export const HEADER_LINK_LAST = -28;
export const NO_LINK = 1;
/** Offset in linear memory of the guest code that was decoded, and the code flags that it was decoded for. */
export const HEADER_CODE_AT = -24;
export const HEADER_FLAGS = -20;
export const HEADER_INSTRUCTIONS = -16;
/** Region that may be entered at the block: its index in the function table, and the entry's number; 0 when there is none. */
export const HEADER_REGION = -12;
export const REGION_INDEX_MASK = 0xffff;
export const REGION_ENTRY_SHIFT = 16;
export const HEADER_BLOCK = -8;
/** Counts down at each run; the engine is asked for a region when it reaches 0. */
export const HEADER_HEAT = -4;

/** Entries of the jump cache; each is an i64 PC, an i32 context and the i32 address of the first record. */
export const JUMP_CACHE_ENTRIES = 1 << 19;
export const JUMP_CACHE_ENTRY_SHIFT = 4;
export const JUMP_CACHE_CONTEXT = 8;
export const JUMP_CACHE_START = 12;
/**
 * Entry in which the block at a VA with this low half is, if anywhere (see `jumpCacheHit`). The number of the page is mixed
 * into all bits, so that pages with the same entries use different ones of them.
 */
export const jumpCacheIndex = (vaLo: number): number => ((vaLo >>> 2) ^ (vaLo >>> 12)) & (JUMP_CACHE_ENTRIES - 1);
