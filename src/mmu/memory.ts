/** The door through which table walks reach physical memory. */

/** Reads and writes descriptors. Implemented by the machine; walks know no bus. */
export interface DescriptorMemory {
  /**
   * Reads the aligned little-endian 64-bit word at a PA, given as its halves, into `hi` and `lo`; false: external abort. All
   * halves may be int32 or uint32: a walk of many steps converts none of them to a double.
   */
  read(paHi: number, paLo: number): boolean;
  /** Replaces the word at a PA that was just read (AArch64.MemSwapTableDesc: nothing comes between); false: external abort. */
  write(pa: number, hi: number, lo: number): boolean;
  readonly hi: number;
  readonly lo: number;
}
