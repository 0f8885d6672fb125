/** How a call out moves PC: to the next instruction, or to a branch target with its address tag removed. */

import { TCR1_HI_TBI0, TCR1_HI_TBI1, TCR2_TBI } from '../../mmu/registers.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { PC, R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { isInHost } from './routing.ts';

/** Adds `bytes` (4 or -4) to PC. */
export function advancePc(state: CpuState, bytes: number): void {
  const sum = state.lo(PC) + bytes;
  const carry = Math.floor(sum / 0x1_0000_0000);
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

function untaggedHi(state: CpuState, hi: number): number {
  const { el } = state;
  const inHost = isInHost(state, el);
  if (el === 2 && !inHost) return (state.lo(R.TCR_EL2) & TCR2_TBI) === 0 ? hi : hi & 0x00ff_ffff;
  const upper = (hi & 0x0080_0000) !== 0;
  if ((state.hi(inHost ? R.TCR_EL2 : R.TCR_EL1) & (upper ? TCR1_HI_TBI1 : TCR1_HI_TBI0)) === 0) return hi;
  return upper ? hi | 0xff00_0000 : hi & 0x00ff_ffff;
}
