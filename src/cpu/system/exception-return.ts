/** Exception return: ERET at EL1 and EL2, and the way back from a hypervisor in TypeScript. */

import { CATEGORIES } from '../../arch/trace.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { DAIF, EVENT, EXCLUSIVE_SIZE, IL, SS } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { ELR, SPSR, type TargetEl } from './banked.ts';
import { branchTo } from './commit.ts';
import { PSTATE_DAIF } from './control-bits.ts';
import { returnSs } from './debug/software-step.ts';
import { undefinedInstruction } from './exceptions.ts';
import { tgeSet } from './routing.ts';

/** SPSR_ELx.M[4]: return to AArch32. */
const SPSR_AARCH32 = 0x10;

/**
 * Whether SPSR asks for a state that cannot be returned to (DDI 0487, "Illegal return events from AArch64 state"):
 * AArch32, which no EL implements; a reserved M[3:0]; a higher EL; EL1 while HCR_EL2.TGE is set.
 */
function isIllegalReturn(state: CpuState, spsr: number): boolean {
  if ((spsr & SPSR_AARCH32) !== 0) return true;
  const el = (spsr >>> 2) & 3;
  const reserved = (spsr & 2) !== 0 || (el === 0 && (spsr & 1) !== 0);
  return reserved || el > state.el || (el === 1 && tgeSet(state));
}

/**
 * Returns from EL1 or EL2: PSTATE from SPSR_ELx, PC from ELR_ELx. An illegal return keeps EL and SP and sets PSTATE.IL
 * (`SetPSTATEFromPSR`). Clears the exclusive monitor and sets the event register.
 */
export function exceptionReturn(core: Core): void {
  const { state } = core;
  const from = state.el as TargetEl;
  const spsr = state.lo(SPSR[from]);
  const pcHi = state.hi(ELR[from]);
  const pcLo = state.lo(ELR[from]);
  const illegal = isIllegalReturn(state, spsr);
  const ss = returnSs(state, spsr, illegal ? from : (spsr >>> 2) & 3);
  core.pmu.exceptionReturn();
  if (illegal) {
    state.set32(IL, 1);
    state.nzcv = spsr;
    state.pan = spsr;
    state.set32(DAIF, spsr & PSTATE_DAIF);
  } else {
    state.pstate = spsr;
  }
  state.set32(SS, ss);
  state.set32(EXCLUSIVE_SIZE, 0);
  state.set32(EVENT, 1);
  branchTo(state, pcHi, pcLo);
  core.levelChanged();
  if (core.trace.on(CATEGORIES.int)) {
    core.trace.sink(core.index, { category: 'int', type: 'return', fromEl: from, toEl: state.el, pc: state.pc });
  }
}

/** ERET, UNDEFINED at EL0. */
export function eret(core: Core): Outcome {
  if (core.state.el === 0) undefinedInstruction(core);
  else exceptionReturn(core);
  return LEAVE;
}
