/** The EL that takes a synchronous exception which no control of its own routes (DDI 0487, "Routing of exceptions"). */

import { HCR_TGE } from '../../mmu/registers.ts';
import { R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import type { TargetEl } from './banked.ts';

/** HCR_EL2.TGE; 0 where there is no EL2. */
export const tgeSet = (state: CpuState): boolean => (state.lo(R.HCR_EL2) & HCR_TGE) !== 0;

/** EL that takes a synchronous exception which no control routes elsewhere. */
export const defaultTarget = (state: CpuState): TargetEl =>
  state.el === 2 || (state.el === 0 && tgeSet(state)) ? 2 : 1;
