/** Asynchronous exceptions: which are pending, which may be taken now, and where to (DDI 0487, "Asynchronous exceptions"). */

import { EC, esr } from '../../arch/syndrome.ts';
import type { Core } from '../core.ts';
import { DAIF, R } from '../slots.ts';
import type { CpuState } from '../state.ts';
import { HCR_AMO, HCR_FMO, HCR_IMO, HCR_VF, HCR_VI, HCR_VSE, PSTATE_A, PSTATE_F, PSTATE_I } from './control-bits.ts';
import { PHYSICAL_FIQ, PHYSICAL_IRQ, VIRTUAL_FIQ, VIRTUAL_IRQ, VIRTUAL_SERROR } from './exception-kinds.ts';
import { NO_SYNDROME, takeException, VECTOR_FIQ, VECTOR_IRQ, VECTOR_SERROR } from './exceptions.ts';
import { hostHasEl0, tgeSet } from './routing.ts';

/** Whether HCR_EL2 routes the interrupts of `mo` (IMO, FMO or AMO) to EL2; TGE makes each behave as 1. */
const routedToEl2 = (state: CpuState, mo: number): boolean => (state.lo(R.HCR_EL2) & mo) !== 0 || tgeSet(state);

/**
 * Whether a pending physical interrupt may be taken: one routed to EL2 ignores PSTATE below EL2 and obeys it at EL2, and
 * at EL0 where that belongs to EL2; one routed to EL1 obeys it below EL2 and waits at EL2.
 */
function physicalUnmasked(state: CpuState, toEl2: boolean, mask: number): boolean {
  const { el } = state;
  if (toEl2 && el < 2 && !hostHasEl0(state)) return true;
  if (!toEl2 && el === 2) return false;
  return (state.lo(DAIF) & mask) === 0;
}

/**
 * Virtual interrupts that are pending, as VI, VF and VSE of HCR_EL2, which the virtual lines add to. Each counts only
 * while IMO, FMO or AMO is set, TGE is clear, and the EL is below 2.
 */
export function virtualPending(core: Core): number {
  const { state } = core;
  const hcr = state.lo(R.HCR_EL2);
  if (state.el === 2 || tgeSet(state)) return 0;
  const asserted = hcr | (core.virqLine ? HCR_VI : 0) | (core.vfiqLine ? HCR_VF : 0);
  // VF, VI and VSE stand three bits above FMO, IMO and AMO.
  return asserted & ((hcr & (HCR_FMO | HCR_IMO | HCR_AMO)) << 3) & (HCR_VF | HCR_VI | HCR_VSE);
}

/** A WFI wake-up event: an interrupt is pending, masked or not. */
export const interruptPending = (core: Core): boolean => core.irqLine || core.fiqLine || virtualPending(core) !== 0;

/** Takes the pending interrupt of highest priority that is not masked; false when there is none. */
export function takePendingInterrupt(core: Core): boolean {
  const { state } = core;
  if (core.fiqLine && takePhysical(core, false)) return true;
  if (core.irqLine && takePhysical(core, true)) return true;
  const pending = virtualPending(core);
  if (pending === 0) return false;
  const masked = state.lo(DAIF);
  if ((pending & HCR_VI) !== 0 && (masked & PSTATE_I) === 0) {
    takeException(core, VIRTUAL_IRQ, 1, VECTOR_IRQ, NO_SYNDROME, 'virtual IRQ');
  } else if ((pending & HCR_VF) !== 0 && (masked & PSTATE_F) === 0) {
    takeException(core, VIRTUAL_FIQ, 1, VECTOR_FIQ, NO_SYNDROME, 'virtual FIQ');
  } else if ((pending & HCR_VSE) !== 0 && (masked & PSTATE_A) === 0) {
    // Taking a virtual SError interrupt clears its pending bit.
    state.set64(R.HCR_EL2, state.hi(R.HCR_EL2), state.lo(R.HCR_EL2) & ~HCR_VSE);
    takeException(core, VIRTUAL_SERROR, 1, VECTOR_SERROR, esr(EC.SERROR, 0), 'HCR_EL2.VSE');
  } else {
    return false;
  }
  return true;
}

/** Takes the physical IRQ, or FIQ, unless it is masked. */
function takePhysical(core: Core, irq: boolean): boolean {
  const { state } = core;
  const toEl2 = routedToEl2(state, irq ? HCR_IMO : HCR_FMO);
  if (!physicalUnmasked(state, toEl2, irq ? PSTATE_I : PSTATE_F)) return false;
  const kind = irq ? PHYSICAL_IRQ : PHYSICAL_FIQ;
  const vector = irq ? VECTOR_IRQ : VECTOR_FIQ;
  takeException(core, kind, toEl2 ? 2 : 1, vector, NO_SYNDROME, physicalRouting(state, toEl2, irq));
  return true;
}

function physicalRouting(state: CpuState, toEl2: boolean, irq: boolean): string {
  if (!toEl2) return 'EL1 default';
  if (tgeSet(state)) return 'HCR_EL2.TGE';
  return irq ? 'HCR_EL2.IMO' : 'HCR_EL2.FMO';
}
