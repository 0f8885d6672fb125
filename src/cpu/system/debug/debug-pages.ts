/** The 4 KiB pages of VA on which a breakpoint or watchpoint may match: code and data there take the slow path. */

import type { CpuModel } from '../../models.ts';
import { R } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { MDSCR_MDE } from '../control-bits.ts';
import { BT_CONTEXT, BT_LINKED, breakpointType, DBGBCR, DBGBVR, DBGWCR, DBGWVR, ENABLE, VA_HI } from './comparators.ts';
import { debugArmed } from './control.ts';
import { maskBits } from './watchpoints.ts';

const BREAKS = DBGBCR.length;
/** Breakpoints and watchpoints together. */
export const COMPARATORS = BREAKS + DBGWCR.length;
/** Of a comparator that matches nowhere, and of one that may match anywhere. */
const NOWHERE = -1;
const ANYWHERE = -2;
const PAGE_SHIFT = 12;
/** A page's number is followed by the number of its low bits that are not compared. */
const MASKS = 32;

/** Number of the page of VA[48:0]. */
const pageOf = (vaHi: number, vaLo: number): number => (vaHi & VA_HI) * 0x10_0000 + (vaLo >>> PAGE_SHIFT);

/** Of one CPU, worked out from its registers by `update`, whatever the EL and PSTATE.D. */
export class DebugPages {
  /** One number a comparator, breakpoints first; equal keys mean equal pages. */
  readonly keys = new Float64Array(COMPARATORS).fill(NOWHERE);
  /** Some page has a breakpoint, a watchpoint. */
  anyBreaks = false;
  anyWatched = false;

  constructor(
    private readonly state: CpuState,
    private readonly features: CpuModel['features'],
  ) {}

  /** Follows the registers; true when a page was added or taken away. */
  update(): boolean {
    const { state, keys } = this;
    const on = (state.lo(R.MDSCR_EL1) & MDSCR_MDE) !== 0 && debugArmed(state);
    if (!on && !this.anyBreaks && !this.anyWatched) return false;
    let changed = false;
    this.anyBreaks = this.anyWatched = false;
    for (let n = 0; n < COMPARATORS; n++) {
      const key = !on ? NOWHERE : n < BREAKS ? this.breakpointKey(n) : this.watchpointKey(n - BREAKS);
      changed ||= key !== keys[n];
      keys[n] = key;
      if (key === NOWHERE) continue;
      if (n < BREAKS) this.anyBreaks = true;
      else this.anyWatched = true;
    }
    return changed;
  }

  private breakpointKey(n: number): number {
    const { state } = this;
    if ((state.lo(DBGBCR[n]) & ENABLE) === 0) return NOWHERE;
    const type = breakpointType(state, n, this.features);
    if (type === undefined) return NOWHERE;
    if (type < BT_CONTEXT) return pageOf(state.hi(DBGBVR[n]), state.lo(DBGBVR[n]));
    return (type & BT_LINKED) === 0 ? ANYWHERE : NOWHERE;
  }

  private watchpointKey(n: number): number {
    const { state } = this;
    const control = state.lo(DBGWCR[n]);
    if ((control & ENABLE) === 0) return NOWHERE;
    return pageOf(state.hi(DBGWVR[n]), state.lo(DBGWVR[n])) * MASKS + Math.max(maskBits(control) - PAGE_SHIFT, 0);
  }

  /** Whether a breakpoint may match an instruction on the page of a VA. */
  breaks(vaHi: number, vaLo: number): boolean {
    if (!this.anyBreaks) return false;
    const page = pageOf(vaHi, vaLo);
    for (let n = 0; n < BREAKS; n++) if (this.keys[n] === page || this.keys[n] === ANYWHERE) return true;
    return false;
  }

  /** Whether a watchpoint may match a byte of the page of a VA. */
  watches(vaHi: number, vaLo: number): boolean {
    if (!this.anyWatched) return false;
    const page = pageOf(vaHi, vaLo);
    for (let n = BREAKS; n < COMPARATORS; n++) {
      const key = this.keys[n];
      const block = 2 ** (key % MASKS);
      if (key !== NOWHERE && Math.floor(page / block) === Math.floor(Math.floor(key / MASKS) / block)) return true;
    }
    return false;
  }
}
