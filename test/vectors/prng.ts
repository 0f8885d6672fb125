/** The pseudo-random generator of the vectors: recorded data depends on its every bit, so it never changes. */

/** Mulberry32: a 32-bit counter run through a multiply-xorshift hash. Equal seeds give equal sequences anywhere. */
export class Prng {
  private counter: number;

  constructor(seed: number) {
    this.counter = seed >>> 0;
  }

  /** The next uint32. */
  u32(): number {
    this.counter = (this.counter + 0x6d2b79f5) >>> 0;
    let hash = Math.imul(this.counter ^ (this.counter >>> 15), this.counter | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    return (hash ^ (hash >>> 14)) >>> 0;
  }

  /** The next uint64. */
  u64(): bigint {
    const hi = this.u32();
    return (BigInt(hi) << 32n) | BigInt(this.u32());
  }

  /** An integer from 0 to `limit` - 1; `limit` is at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * limit);
  }

  /** True in `percent` of 100 calls. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of the items, each as likely as the other. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}
