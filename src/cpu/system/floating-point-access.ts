/** Which controls keep an EL from SIMD and floating point, and the trap that its instructions take then. */

import { EC, FP_ACCESS_ISS } from '../../arch/syndrome.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { CPACR_FPEN0, CPACR_FPEN1, CPTR_TFP } from './control-bits.ts';
import { UNDEFINED_INSTRUCTION } from './exception-kinds.ts';
import { takeSynchronous, undefinedInstruction } from './exceptions.ts';
import { defaultTarget, e2hSet, isInHost, tgeSet } from './routing.ts';

type Control = 'CPACR_EL1.FPEN' | 'CPTR_EL2.FPEN' | 'CPTR_EL2.TFP';
const FPEN = CPACR_FPEN0 | CPACR_FPEN1;

/** The control that traps, in the order in which the manual asks; undefined when none does (CheckFPAdvSIMDEnabled64). */
export function floatingPointTrap(state: CpuState, el: 0 | 1 | 2): Control | undefined {
  const needed = el === 0 ? FPEN : CPACR_FPEN0;
  if (el < 2 && !isInHost(state, el) && (state.lo(R.CPACR_EL1) & needed) !== needed) return 'CPACR_EL1.FPEN';
  const cptr = state.lo(R.CPTR_EL2);
  if (!e2hSet(state)) return (cptr & CPTR_TFP) === 0 ? undefined : 'CPTR_EL2.TFP';
  const neededOfEl2 = isInHost(state, el) ? needed : CPACR_FPEN0;
  return (cptr & neededOfEl2) === neededOfEl2 ? undefined : 'CPTR_EL2.FPEN';
}

/** Everything that `floatingPointTrap` depends on besides the EL, as one number. */
export const floatingPointControls = (state: CpuState): number =>
  (state.lo(R.CPACR_EL1) & FPEN) |
  ((state.lo(R.CPTR_EL2) & FPEN) >>> 2) |
  (state.lo(R.CPTR_EL2) & CPTR_TFP) |
  (e2hSet(state) ? 1 : 0) |
  (tgeSet(state) ? 2 : 0);

/** Takes the trap of the instruction at PC: EC 7, but EC 0 where HCR_EL2.TGE sends EL0's to EL2. */
export function trapFloatingPoint(core: Core): Outcome {
  const { state } = core;
  const routing = floatingPointTrap(state, state.el);
  const toEl1 = routing === 'CPACR_EL1.FPEN';
  if (toEl1 && tgeSet(state)) undefinedInstruction(core);
  else
    takeSynchronous(
      core,
      UNDEFINED_INSTRUCTION,
      toEl1 ? defaultTarget(state) : 2,
      EC.FP_ACCESS,
      FP_ACCESS_ISS,
      routing,
    );
  return LEAVE;
}
