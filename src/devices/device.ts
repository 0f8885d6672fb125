/** What a device gives to the address map. */

/** A memory-mapped device. It knows offsets, never its place in the map. Accesses are naturally aligned. */
export interface Device {
  readonly name: string;
  /** Returns the register at `offset` bytes as uint32; `size` is 1, 2 or 4, `cpu` the accessing CPU's index (0 if absent). */
  read(offset: number, size: 1 | 2 | 4, cpu?: number): number;
  /** Writes a uint32 (only its low `size` bytes count). */
  write(offset: number, size: 1 | 2 | 4, value: number, cpu?: number): void;
}
