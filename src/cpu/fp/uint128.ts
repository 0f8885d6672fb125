/** A mutable 128-bit unsigned integer in four uint32 words, for exact products and sums of significands. */

/** High word of the 64-bit product of two uint32. */
function multiplyHigh(a: number, b: number): number {
  const high = (a >>> 16) * b;
  const low = (a & 0xffff) * b;
  return Math.floor((high + Math.floor(low / 0x1_0000)) / 0x1_0000);
}

/** `w3` is the most significant word; all words are uint32. */
export class Uint128 {
  w3 = 0;
  w2 = 0;
  w1 = 0;
  w0 = 0;

  set(w3: number, w2: number, w1: number, w0: number): void {
    this.w3 = w3;
    this.w2 = w2;
    this.w1 = w1;
    this.w0 = w0;
  }

  /** The product of two 64-bit integers. */
  setProduct(aHi: number, aLo: number, bHi: number, bLo: number): void {
    const w1 = multiplyHigh(aLo, bLo) + (Math.imul(aHi, bLo) >>> 0) + (Math.imul(aLo, bHi) >>> 0);
    const carry1 = Math.floor(w1 / 0x1_0000_0000);
    const w2 = multiplyHigh(aHi, bLo) + multiplyHigh(aLo, bHi) + (Math.imul(aHi, bHi) >>> 0) + carry1;
    const carry2 = Math.floor(w2 / 0x1_0000_0000);
    this.set(multiplyHigh(aHi, bHi) + carry2, w2 >>> 0, w1 >>> 0, Math.imul(aLo, bLo) >>> 0);
  }

  /** Shifts right; bit 0 becomes 1 when a 1 was shifted out, so that the value stays inexact on the right side. */
  shiftRightJam(count: number): void {
    let lost = 0;
    let words = Math.min(count, 128) >>> 5;
    for (; words > 0; words--) {
      lost |= this.w0;
      this.set(0, this.w3, this.w2, this.w1);
    }
    const bits = count & 31;
    if (bits !== 0 && count < 128) {
      const up = 32 - bits;
      lost |= this.w0 << up;
      this.set(
        this.w3 >>> bits,
        ((this.w3 << up) | (this.w2 >>> bits)) >>> 0,
        ((this.w2 << up) | (this.w1 >>> bits)) >>> 0,
        ((this.w1 << up) | (this.w0 >>> bits)) >>> 0,
      );
    }
    if (lost !== 0) this.w0 = (this.w0 | 1) >>> 0;
  }

  /** Shifts left until bit 127 is set; returns by how much, or 128 for zero. */
  normalize(): number {
    let count = 0;
    while (this.w3 === 0) {
      if (count === 96) return 128;
      this.set(this.w2, this.w1, this.w0, 0);
      count += 32;
    }
    const bits = Math.clz32(this.w3);
    if (bits !== 0) {
      const down = 32 - bits;
      this.set(
        ((this.w3 << bits) | (this.w2 >>> down)) >>> 0,
        ((this.w2 << bits) | (this.w1 >>> down)) >>> 0,
        ((this.w1 << bits) | (this.w0 >>> down)) >>> 0,
        (this.w0 << bits) >>> 0,
      );
    }
    return count + bits;
  }

  /** Adds modulo 2^128 and returns the carry, 0 or 1. */
  add(other: Uint128): number {
    const w0 = this.w0 + other.w0;
    const w1 = this.w1 + other.w1 + (w0 > 0xffff_ffff ? 1 : 0);
    const w2 = this.w2 + other.w2 + (w1 > 0xffff_ffff ? 1 : 0);
    const w3 = this.w3 + other.w3 + (w2 > 0xffff_ffff ? 1 : 0);
    this.set(w3 >>> 0, w2 >>> 0, w1 >>> 0, w0 >>> 0);
    return w3 > 0xffff_ffff ? 1 : 0;
  }

  /** Subtracts; `other` must not be greater. */
  subtract(other: Uint128): void {
    const w0 = this.w0 - other.w0;
    const w1 = this.w1 - other.w1 - (w0 < 0 ? 1 : 0);
    const w2 = this.w2 - other.w2 - (w1 < 0 ? 1 : 0);
    const w3 = this.w3 - other.w3 - (w2 < 0 ? 1 : 0);
    this.set(w3 >>> 0, w2 >>> 0, w1 >>> 0, w0 >>> 0);
  }

  isLessThan(other: Uint128): boolean {
    if (this.w3 !== other.w3) return this.w3 < other.w3;
    if (this.w2 !== other.w2) return this.w2 < other.w2;
    if (this.w1 !== other.w1) return this.w1 < other.w1;
    return this.w0 < other.w0;
  }
}
