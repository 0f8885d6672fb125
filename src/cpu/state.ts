/** A CPU's registers: typed access to the slots of one CPU struct. */

import type { HostMemory } from '../arch/host-memory.ts';
import { C, CPU_BYTES, DAIF, EL, IL, N, PAN, PC, type Slot, SP, SPSEL, SS, SSBS, UAO, V, Z } from './slots.ts';

export const SPSR_SS = 1 << 21;
/** Bits of SPSR_ELx for PSTATE fields that come with features. */
export const SPSR_SSBS = 1 << 12;
export const SPSR_PAN = 1 << 22;
export const SPSR_UAO = 1 << 23;

/** Accessors over one CPU struct. `lo` and `hi` allocate nothing; `get` and `set` make BigInts and are for the API. */
export class CpuState {
  readonly base: number;
  /** The struct in 32-bit words. */
  private words!: Uint32Array;
  /** Which of SPSR_SSBS, SPSR_PAN and SPSR_UAO the CPU has; writes of PSTATE ignore the others. */
  optionalPstate = 0;

  constructor(readonly memory: HostMemory) {
    this.base = memory.alloc(CPU_BYTES, 64);
    memory.follow((buffer) => {
      this.words = new Uint32Array(buffer, this.base, CPU_BYTES / 4);
    });
  }

  /** Low 32 bits of a slot, unsigned. */
  lo(slot: Slot): number {
    return this.words[slot >>> 2];
  }
  /** High 32 bits of a 64-bit slot, unsigned. */
  hi(slot: Slot): number {
    return this.words[(slot >>> 2) + 1];
  }
  /** Writes a 32-bit slot. */
  set32(slot: Slot, value: number): void {
    this.words[slot >>> 2] = value;
  }
  /** Writes a 64-bit slot from two halves. */
  set64(slot: Slot, hi: number, lo: number): void {
    const at = slot >>> 2;
    this.words[at] = lo;
    this.words[at + 1] = hi;
  }
  /** Copies a 64-bit slot. */
  copy(to: Slot, from: Slot): void {
    this.set64(to, this.hi(from), this.lo(from));
  }
  /** A 64-bit slot as an unsigned BigInt. */
  get(slot: Slot): bigint {
    return (BigInt(this.hi(slot)) << 32n) | BigInt(this.lo(slot));
  }
  /** Writes a 64-bit slot from a BigInt; bits above 63 are dropped. */
  set(slot: Slot, value: bigint): void {
    this.set64(slot, Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
  }

  /** PSTATE.EL. */
  get el(): 0 | 1 | 2 {
    return this.lo(EL) as 0 | 1 | 2;
  }
  /** The slot that the SP register name means now. */
  get spSlot(): Slot {
    return SP[this.lo(SPSEL) === 0 ? 0 : this.el];
  }

  /** PSTATE in the layout of SPSR_ELx for AArch64 (DDI 0487, "SPSR_EL1"), as uint32. */
  get pstate(): number {
    const { words } = this;
    return (
      ((words[N >>> 2] << 31) |
        (words[Z >>> 2] << 30) |
        (words[C >>> 2] << 29) |
        (words[V >>> 2] << 28) |
        (words[UAO >>> 2] << 23) |
        (words[PAN >>> 2] << 22) |
        (words[SS >>> 2] << 21) |
        (words[IL >>> 2] << 20) |
        (words[SSBS >>> 2] << 12) |
        words[DAIF >>> 2] |
        (words[EL >>> 2] << 2) |
        words[SPSEL >>> 2]) >>>
      0
    );
  }
  /** Sets NZCV, UAO, PAN, SS, IL, SSBS, DAIF, EL and SP from a value in the layout of SPSR_ELx. */
  set pstate(spsr: number) {
    const { words } = this;
    this.nzcv = spsr;
    words[SS >>> 2] = (spsr >>> 21) & 1;
    words[IL >>> 2] = (spsr >>> 20) & 1;
    const optional = spsr & this.optionalPstate;
    words[PAN >>> 2] = (optional & SPSR_PAN) === 0 ? 0 : 1;
    words[UAO >>> 2] = (optional & SPSR_UAO) === 0 ? 0 : 1;
    words[SSBS >>> 2] = (optional & SPSR_SSBS) === 0 ? 0 : 1;
    words[DAIF >>> 2] = spsr & 0x3c0;
    words[EL >>> 2] = (spsr >>> 2) & 3;
    words[SPSEL >>> 2] = spsr & 1;
  }
  /** PSTATE.PAN from bit 22. */
  set pan(value: number) {
    this.set32(PAN, (value & this.optionalPstate & SPSR_PAN) === 0 ? 0 : 1);
  }
  /** The flags from bits 31 to 28. */
  set nzcv(value: number) {
    const { words } = this;
    words[N >>> 2] = value >>> 31;
    words[Z >>> 2] = (value >>> 30) & 1;
    words[C >>> 2] = (value >>> 29) & 1;
    words[V >>> 2] = (value >>> 28) & 1;
  }
  /** Program counter, a VA. */
  get pc(): bigint {
    return this.get(PC);
  }
}
