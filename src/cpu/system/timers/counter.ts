/** The system counter as the timers and counter registers see it (DDI 0487, "The Generic Timer in AArch64 state"). */

import { R } from '../../slots.ts';
import type { CpuState } from '../../state.ts';

/** Nanoseconds of one tick of the 62.5 MHz counter. */
export const TICK_NS = 16;
/** Virtual time that a read of a counter or timer register takes, in nanoseconds. */
export const READ_NS = 200;
const TWO_TO_32 = 0x1_0000_0000;

/** One 64-bit count in two halves, reused by its owner. */
export class Count {
  hi = 0;
  lo = 0;

  /** CNTPCT_EL0 at a tick since power-on, an integer below 2^53. */
  physical(ticks: number): this {
    this.hi = Math.floor(ticks / TWO_TO_32);
    this.lo = ticks >>> 0;
    return this;
  }

  /** CNTVCT_EL0 at a tick: CNTPCT_EL0 - CNTVOFF_EL2 modulo 2^64. */
  virtual(ticks: number, state: CpuState): this {
    this.physical(ticks);
    const lo = this.lo - state.lo(R.CNTVOFF_EL2);
    this.hi = (this.hi - state.hi(R.CNTVOFF_EL2) - (lo < 0 ? 1 : 0)) >>> 0;
    this.lo = lo >>> 0;
    return this;
  }
}

/** Ticks that the counter has made after a number of nanoseconds. */
export const ticksAt = (ns: number): number => Math.floor(ns / TICK_NS);
