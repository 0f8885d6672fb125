/** The sizes that entries of a TLB pool have, so that a lookup passes over all others. */

/** log2 of the largest size that a leaf of any granule maps. */
const MAX_SHIFT = 30;

export class EntrySizes {
  /** Entries by log2 of their size. */
  private readonly population = new Int32Array(MAX_SHIFT + 1);
  /** Bit n: there are entries of 2 ** n bytes. */
  present = 0;

  add(shift: number): void {
    this.population[shift]++;
    this.present |= 1 << shift;
  }

  remove(shift: number): void {
    if (--this.population[shift] === 0) this.present &= ~(1 << shift);
  }
}
