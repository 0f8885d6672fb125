/** Watchpoints: the first byte of an access that one watches (DDI 0487, "Watchpoint exceptions"). */

import type { Core } from '../../core.ts';
import { DAIF, R } from '../../slots.ts';
import type { CpuState } from '../../state.ts';
import { MDSCR_MDE, PSTATE_D } from '../control-bits.ts';
import { DBGWCR, DBGWVR, ENABLE, stateMatches, VA_HI } from './comparators.ts';
import { debugEnabledFrom } from './control.ts';

/** No byte of the access is watched. */
export const NOT_WATCHED = -1;
/** DBGWCR<n>_EL1.WT: linked. LSC: bit 3 loads, bit 4 stores. */
const LINKED = 1 << 20;
const LSC_LOAD = 1 << 3;
const LSC_STORE = 1 << 4;
const BAS_ALL = 0xff;

/** DBGWCR<n>_EL1.MASK: address bits that are not compared; 1 and 2 are reserved and compare all. */
export function maskBits(control: number): number {
  const mask = (control >>> 24) & 31;
  return mask > 2 ? mask : 0;
}

/**
 * `AArch64.WatchpointByteMatch` for the byte at a VA. BAS that is not contiguous selects the bytes that it has; with
 * MASK it is ignored unless it is all ones, for then the watchpoint is disabled.
 */
function byteMatches(state: CpuState, n: number, control: number, vaHi: number, vaLo: number): boolean {
  const bas = (control >>> 5) & BAS_ALL;
  const differsHi = (state.hi(DBGWVR[n]) ^ vaHi) & VA_HI;
  const valueLo = state.lo(DBGWVR[n]);
  const mask = maskBits(control);
  if (mask !== 0) return bas === BAS_ALL && differsHi === 0 && (valueLo ^ vaLo) >>> mask === 0;
  // DBGWVR<n>_EL1[2] = 1: the word at the address, with BAS[3:0].
  const bottom = (valueLo & 4) === 0 ? 3 : 2;
  if (differsHi !== 0 || (valueLo ^ vaLo) >>> bottom !== 0) return false;
  return ((bas >>> (vaLo & ((1 << bottom) - 1))) & 1) !== 0;
}

/**
 * `AArch64.CheckWatchpoint`: the offset of the first byte of [VA, VA + size) that a watchpoint matches, or NOT_WATCHED.
 * `unprivileged`: the access has EL0's permission (LDTR, STTR).
 */
export function watchpointHit(
  { state, model }: Core,
  vaHi: number,
  vaLo: number,
  size: number,
  write: boolean,
  unprivileged: boolean,
): number {
  if ((state.lo(R.MDSCR_EL1) & MDSCR_MDE) === 0) return NOT_WATCHED;
  if (!debugEnabledFrom(state, state.el, (state.lo(DAIF) & PSTATE_D) !== 0)) return NOT_WATCHED;
  const el = unprivileged ? 0 : state.el;
  const kind = write ? LSC_STORE : LSC_LOAD;
  let first = NOT_WATCHED;
  for (let n = 0; n < DBGWCR.length; n++) {
    const control = state.lo(DBGWCR[n]);
    if ((control & ENABLE) === 0 || (control & kind) === 0) continue;
    if (!stateMatches(state, control, el, (control & LINKED) !== 0, model)) continue;
    const end = first === NOT_WATCHED ? size : first;
    for (let i = 0; i < end; i++) {
      const lo = (vaLo + i) >>> 0;
      if (!byteMatches(state, n, control, lo < vaLo ? vaHi + 1 : vaHi, lo)) continue;
      first = i;
      break;
    }
  }
  return first;
}
