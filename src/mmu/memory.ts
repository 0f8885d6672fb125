/** The door through which table walks read physical memory. */

/** Reads descriptors. Implemented by the machine; walks know no bus. */
export interface DescriptorMemory {
  /** Reads the aligned little-endian 64-bit word at a PA into `hi` and `lo`; false: external abort. */
  read(pa: number): boolean;
  readonly hi: number;
  readonly lo: number;
}
