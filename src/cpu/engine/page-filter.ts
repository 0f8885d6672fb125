/** Which 4 KiB pages something may be in, in a form that is asked at no cost: a bit for each value of address bits [31:12]. */

import { PAGE_SHIFT } from './code-page.ts';

/** A set of pages that answers true for others too, which have the same low half of the address. */
export class PageFilter {
  private readonly bits = new Int32Array(1 << (32 - PAGE_SHIFT - 5));

  /** Adds the page of an address, given as its low half. */
  add(lo: number): void {
    const page = lo >>> PAGE_SHIFT;
    this.bits[page >>> 5] |= 1 << page;
  }

  /** False: the page of an address was not added. */
  has(lo: number): boolean {
    const page = lo >>> PAGE_SHIFT;
    return (this.bits[page >>> 5] & (1 << page)) !== 0;
  }

  clear(): void {
    this.bits.fill(0);
  }
}
