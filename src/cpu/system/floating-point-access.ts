/** Which controls keep an EL from SIMD and floating point, and the trap that its instructions take then. */

import { EC, FP_ACCESS_ISS } from '../../arch/syndrome.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { CPACR_FPEN0, CPACR_FPEN1, CPTR_TFP } from './control-bits.ts';
import { UNDEFINED_INSTRUCTION } from './exception-kinds.ts';
import { takeSynchronous, undefinedInstruction } from './exceptions.ts';
import { defaultTarget, tgeSet } from './routing.ts';

/** The control that traps, in the order in which the manual asks; undefined when none does (CheckFPAdvSIMDEnabled64). */
export function floatingPointTrap(state: CpuState, el: 0 | 1 | 2): 'CPACR_EL1.FPEN' | 'CPTR_EL2.TFP' | undefined {
  const needed = el === 0 ? CPACR_FPEN0 | CPACR_FPEN1 : CPACR_FPEN0;
  if (el < 2 && (state.lo(R.CPACR_EL1) & needed) !== needed) return 'CPACR_EL1.FPEN';
  return (state.lo(R.CPTR_EL2) & CPTR_TFP) === 0 ? undefined : 'CPTR_EL2.TFP';
}

/** Everything that `floatingPointTrap` depends on besides the EL, as one number. */
export const floatingPointControls = (state: CpuState): number =>
  (state.lo(R.CPACR_EL1) & (CPACR_FPEN0 | CPACR_FPEN1)) | (state.lo(R.CPTR_EL2) & CPTR_TFP);

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
