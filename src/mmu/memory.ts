/** The door through which table walks reach physical memory. */

/** Reads and writes descriptors. Implemented by the machine; walks know no bus. */
export interface DescriptorMemory {
  /** Reads the aligned little-endian 64-bit word at a PA into `hi` and `lo`; false: external abort. */
  read(pa: number): boolean;
  /** Replaces the word at a PA that was just read (AArch64.MemSwapTableDesc: nothing comes between); false: external abort. */
  write(pa: number, hi: number, lo: number): boolean;
  readonly hi: number;
  readonly lo: number;
}
