/** How a call out moves PC: to the next instruction, or to a branch target with its address tag removed. */

import { TCR1_HI_TBI0, TCR1_HI_TBI1, TCR2_TBI } from '../../mmu/registers.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { PC, R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { isInHost } from './routing.ts';

/** Adds `bytes` (4 or -4) to PC. */
export function advancePc(state: CpuState, bytes: number): void {
  const lo = state.lo(PC);
  const sum = (lo + bytes) >>> 0;
  const carry = bytes > 0 ? (sum < lo ? 1 : 0) : sum > lo ? -1 : 0;
  state.set64(PC, state.hi(PC) + carry, sum);
}

/** Commits the instruction and leaves. */
export function leaveAfter(core: Core): Outcome {
  advancePc(core.state, 4);
  return LEAVE;
}

/** Sets PC to the target of an exception entry or return in the current EL (DDI 0487, `AArch64.BranchAddr`). */
export function branchTo(state: CpuState, hi: number, lo: number): void {
  state.set64(PC, untaggedHi(state, hi), lo);
}

/** In the high half of a VA: where bit 55 is, and it with the bits above in the upper range without a tag. */
const BIT_55 = 23;
const UNTAGGED_UPPER = 0x1ff;

function untaggedHi(state: CpuState, hi: number): number {
  if (hi >>> BIT_55 === 0) return hi;
  const { el } = state;
  const inHost = isInHost(state, el);
  if (el === 2 && !inHost) return (state.lo(R.TCR_EL2) & TCR2_TBI) === 0 ? hi : hi & 0x00ff_ffff;
  if (hi >>> BIT_55 === UNTAGGED_UPPER) return hi;
  const upper = (hi & (1 << BIT_55)) !== 0;
  if ((state.hi(inHost ? R.TCR_EL2 : R.TCR_EL1) & (upper ? TCR1_HI_TBI1 : TCR1_HI_TBI0)) === 0) return hi;
  return upper ? hi | 0xff00_0000 : hi & 0x00ff_ffff;
}
