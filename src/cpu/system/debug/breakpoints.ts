/** Breakpoints: whether one matches the instruction that is about to execute (DDI 0487, "Breakpoint exceptions"). */

import type { Core } from '../../core.ts';
import { DAIF, R } from '../../slots.ts';
import { MDSCR_MDE, PSTATE_D } from '../control-bits.ts';
import {
  BT_CONTEXT,
  BT_LINKED,
  breakpointType,
  contextMatches,
  DBGBCR,
  DBGBVR,
  ENABLE,
  stateMatches,
  VA_HI,
} from './comparators.ts';
import { debugEnabledFrom } from './control.ts';

/** DBGBCR<n>_EL1.BAS for an A64 instruction, whose address is a multiple of 4. */
const BAS_FIRST = 1 << 5;

/** `AArch64.CheckBreakpoint`: a breakpoint matches the instruction at the VA, and the current EL takes its exception. */
export function breakpointHit({ state, model }: Core, vaHi: number, vaLo: number): boolean {
  if ((state.lo(R.MDSCR_EL1) & MDSCR_MDE) === 0) return false;
  const { el } = state;
  if (!debugEnabledFrom(state, el, (state.lo(DAIF) & PSTATE_D) !== 0)) return false;
  for (let n = 0; n < DBGBCR.length; n++) {
    const control = state.lo(DBGBCR[n]);
    if ((control & ENABLE) === 0) continue;
    const type = breakpointType(state, n, model.features);
    if (type === undefined) continue;
    const byAddress = type < BT_CONTEXT;
    const linked = (type & BT_LINKED) !== 0;
    // A linked context breakpoint only serves those that link to it.
    if (linked && !byAddress) continue;
    if (!stateMatches(state, control, el, linked, model)) continue;
    if (!byAddress) {
      if (contextMatches(state, n, type)) return true;
    } else if (
      state.lo(DBGBVR[n]) >>> 2 === vaLo >>> 2 &&
      ((state.hi(DBGBVR[n]) ^ vaHi) & VA_HI) === 0 &&
      (control & BAS_FIRST) !== 0
    ) {
      return true;
    }
  }
  return false;
}
