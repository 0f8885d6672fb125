/** An entry that has left the TLB, for those who had something from it: what they ask for, read where it lay. */

import type { TlbSpace } from './tlb-entry.ts';
import { asidAt, ENTRY_SHIFT, hiAt, isGlobalAt, loAt, mayRunAt, shiftAt, spaceAt, vmidAt } from './tlb-words.ts';

/** Good until something is added to the TLB. */
export class RemovedEntry {
  private at = 0;

  /** `words`: those of all entries of a pool. */
  constructor(private readonly words: Int32Array) {}

  /** The same object for another slot. */
  in(slot: number): this {
    this.at = slot << ENTRY_SHIFT;
    return this;
  }

  get space(): TlbSpace {
    return spaceAt(this.words, this.at);
  }
  get vmid(): number {
    return vmidAt(this.words, this.at);
  }
  get asid(): number {
    return asidAt(this.words, this.at);
  }
  get global(): boolean {
    return isGlobalAt(this.words, this.at);
  }
  /** log2 of its range in bytes, and the halves of the first address, as int32. */
  get shift(): number {
    return shiftAt(this.words, this.at);
  }
  get hi(): number {
    return hiAt(this.words, this.at);
  }
  get lo(): number {
    return loAt(this.words, this.at);
  }
  /** Whether code of any privilege may have run there. */
  get mayRun(): boolean {
    return mayRunAt(this.words, this.at);
  }
}
