/** Instructions that generate exceptions: SVC, HVC, SMC, BRK, HLT, and those that are always UNDEFINED here. */

import { EC } from '../../arch/syndrome.ts';
import { type Core, LEAVE, type Outcome } from '../core.ts';
import { R } from '../slots.ts';
import { advancePc } from './commit.ts';
import { HCR_HCD, HCR_TSC } from './control-bits.ts';
import { debugRouting, debugTarget } from './debug/control.ts';
import { BREAKPOINT, HYPERVISOR_CALL, HYPERVISOR_TRAP, SUPERVISOR_CALL } from './exception-kinds.ts';
import { takeSynchronous, undefinedInstruction } from './exceptions.ts';
import { defaultTarget } from './routing.ts';

/** imm16 of SVC, HVC, SMC, BRK and HLT. */
const imm16 = (word: number): number => (word >>> 5) & 0xffff;
/** HLT with this immediate asks for semihosting (Arm IHI "Semihosting for AArch32 and AArch64"). */
const SEMIHOSTING = 0xf000;

/** Takes the Undefined Instruction exception. */
export function undefinedEncoding(core: Core): Outcome {
  undefinedInstruction(core);
  return LEAVE;
}

export function svc(core: Core, word: number): Outcome {
  advancePc(core.state, 4);
  takeSynchronous(core, SUPERVISOR_CALL, defaultTarget(core.state), EC.SVC64, imm16(word));
  return LEAVE;
}

/** Offers a call to firmware with PC at the next instruction; when there is none the call is UNDEFINED. */
function firmwareOrUndefined(core: Core, conduit: 'smc' | 'hvc'): Outcome {
  advancePc(core.state, 4);
  if (core.firmware(conduit)) return LEAVE;
  advancePc(core.state, -4);
  return undefinedEncoding(core);
}

/** HVC: UNDEFINED at EL0; without EL2, and while HCR_EL2.HCD is set, firmware's or UNDEFINED. */
export function hvc(core: Core, word: number): Outcome {
  const { state } = core;
  if (state.el === 0) return undefinedEncoding(core);
  if (!core.model.hasEl2 || (state.lo(R.HCR_EL2) & HCR_HCD) !== 0) return firmwareOrUndefined(core, 'hvc');
  advancePc(state, 4);
  takeSynchronous(core, HYPERVISOR_CALL, 2, EC.HVC64, imm16(word), 'HVC');
  return LEAVE;
}

/** SMC without EL3: UNDEFINED at EL0; HCR_EL2.TSC traps it at EL1, before execution; else firmware's or UNDEFINED. */
export function smc(core: Core, word: number): Outcome {
  const { state } = core;
  if (state.el === 0) return undefinedEncoding(core);
  if (state.el === 1 && (state.lo(R.HCR_EL2) & HCR_TSC) !== 0) {
    takeSynchronous(core, HYPERVISOR_TRAP, 2, EC.SMC64, imm16(word), 'HCR_EL2.TSC');
    return LEAVE;
  }
  return firmwareOrUndefined(core, 'smc');
}

/** BRK: a debug exception that nothing masks. */
export function brk(core: Core, word: number): Outcome {
  const { state } = core;
  takeSynchronous(core, BREAKPOINT, debugTarget(state), EC.BRK64, imm16(word), debugRouting(state));
  return LEAVE;
}

/** HLT: semihosting, with PC at the next instruction, or UNDEFINED as there is no halting debug. */
export function hlt(core: Core, word: number): Outcome {
  if (imm16(word) !== SEMIHOSTING) return undefinedEncoding(core);
  advancePc(core.state, 4);
  if (core.semihosting()) return LEAVE;
  advancePc(core.state, -4);
  return undefinedEncoding(core);
}
