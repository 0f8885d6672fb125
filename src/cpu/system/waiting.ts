/** Hints that wait and signal: WFI, WFE, SEV and SEVL. */

import { EC, wfxIss } from '../../arch/syndrome.ts';
import { type Core, LEAVE, NEXT, type Outcome } from '../core.ts';
import { EVENT, R } from '../slots.ts';
import { leaveAfter } from './commit.ts';
import { HCR_TWE, HCR_TWI, SCTLR_NTWE, SCTLR_NTWI } from './control-bits.ts';
import { UNDEFINED_INSTRUCTION } from './exception-kinds.ts';
import { takeSynchronous } from './exceptions.ts';
import { interruptPending } from './interrupts.ts';
import { defaultTarget, isInHost, tgeSet } from './routing.ts';
import { el0Sctlr } from './traps.ts';

/** Takes the trap of a wait that would suspend (DDI 0487, `AArch64.CheckForWFxTrap`); false when none applies. */
function trappedWait(core: Core, ti: 0 | 1): boolean {
  const { state } = core;
  const allowedAtEl0 = ti === 0 ? SCTLR_NTWI : SCTLR_NTWE;
  const inHost = isInHost(state, state.el);
  if (state.el === 0 && (state.lo(el0Sctlr(state)) & allowedAtEl0) === 0) {
    const bit = `${inHost ? 'SCTLR_EL2' : 'SCTLR_EL1'}.${ti === 0 ? 'nTWI' : 'nTWE'}`;
    const routing = tgeSet(state) && !inHost ? 'HCR_EL2.TGE' : bit;
    takeSynchronous(core, UNDEFINED_INSTRUCTION, defaultTarget(state), EC.WFX, wfxIss(ti), routing);
    return true;
  }
  if (state.el < 2 && !inHost && (state.lo(R.HCR_EL2) & (ti === 0 ? HCR_TWI : HCR_TWE)) !== 0) {
    const routing = ti === 0 ? 'HCR_EL2.TWI' : 'HCR_EL2.TWE';
    takeSynchronous(core, UNDEFINED_INSTRUCTION, 2, EC.WFX, wfxIss(ti), routing);
    return true;
  }
  return false;
}

/** WFI: waits unless an interrupt is pending, masked or not. */
export function wfi(core: Core): Outcome {
  if (!interruptPending(core)) {
    if (trappedWait(core, 0)) return LEAVE;
    core.waiting = 'wfi';
  }
  return leaveAfter(core);
}

/** WFE: consumes the event register, or waits for an event. */
export function wfe(core: Core): Outcome {
  if (core.state.lo(EVENT) !== 0) {
    core.state.set32(EVENT, 0);
    return NEXT;
  }
  if (trappedWait(core, 1)) return LEAVE;
  core.waiting = 'wfe';
  return leaveAfter(core);
}

/** SEV: sets the event register of every CPU. */
export function sev(core: Core): Outcome {
  for (const other of core.cluster) other.state.set32(EVENT, 1);
  return NEXT;
}

/** SEVL: sets this CPU's event register. */
export function sevl(core: Core): Outcome {
  core.state.set32(EVENT, 1);
  return NEXT;
}
