/** The EL that takes a synchronous exception which no control of its own routes (DDI 0487, "Routing of exceptions"). */

import { HCR_HI_E2H, HCR_TGE } from '../../mmu/registers.ts';
import { R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import type { TargetEl } from './banked.ts';

/** HCR_EL2.TGE; 0 where there is no EL2. */
export const tgeSet = (state: CpuState): boolean => (state.lo(R.HCR_EL2) & HCR_TGE) !== 0;

/** HCR_EL2.E2H; 0 without FEAT_VHE. */
export const e2hSet = (state: CpuState): boolean => (state.hi(R.HCR_EL2) & HCR_HI_E2H) !== 0;

/** HCR_EL2.{E2H, TGE} = {1, 1}: EL0 belongs to EL2. */
export const hostHasEl0 = (state: CpuState): boolean => e2hSet(state) && tgeSet(state);

/** `ELIsInHost`: whether `el` is in the EL2&0 translation regime. */
export const isInHost = (state: CpuState, el: number): boolean =>
  el !== 1 && e2hSet(state) && (el === 2 || tgeSet(state));

/** EL that takes a synchronous exception which no control routes elsewhere. */
export const defaultTarget = (state: CpuState): TargetEl =>
  state.el === 2 || (state.el === 0 && tgeSet(state)) ? 2 : 1;
