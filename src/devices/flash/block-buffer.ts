/** The write buffer of a flash: what is to be programmed at once. */

type Write = readonly [offset: number, size: number, value: number];

export class BlockBuffer {
  private readonly all: Write[];

  constructor(writes: readonly Write[] = []) {
    this.all = [...writes];
  }

  add(offset: number, size: number, value: number): void {
    this.all.push([offset, size, value]);
  }

  /** A copy of what it holds. */
  get writes(): Write[] {
    return [...this.all];
  }

  /** Offset of the first byte; there has to be one. */
  get first(): number {
    return Math.min(...this.all.map(([offset]) => offset));
  }
  /** Offset behind the last byte. */
  get end(): number {
    return Math.max(...this.all.map(([offset, size]) => offset + size));
  }

  /** Clears the bits that the writes clear; `bytes` are those from `first` to `end`. */
  programInto(bytes: Uint8Array): void {
    const { first } = this;
    for (const [offset, size, value] of this.all) {
      for (let i = 0; i < size; i++) bytes[offset - first + i] &= value >>> (8 * i);
    }
  }
}
