/** The state of a CPU after reset (DDI 0487, "Reset", and the reset values of the system-register table). */

import { REGISTERS } from '../../arch/sysregs/registers.ts';
import type { CpuModel } from '../models.ts';
import { allSlots, DAIF, EL, PC, R, SPSEL, type SysregSlot, slotType } from '../slots.ts';
import { type CpuState, SPSR_PAN, SPSR_SSBS, SPSR_UAO } from '../state.ts';
import { PSTATE_DAIF } from './control-bits.ts';

/** MPIDR_EL1: bit 31 is RES1. */
const MPIDR_RES1 = 0x8000_0000;

/**
 * Puts every slot into its state after reset: the highest EL of the model with its own SP, interrupts masked, PC 0.
 * `affinity` is MPIDR_EL1.Aff2 to Aff0 in 24 bits. General registers, which the manual leaves UNKNOWN, are zero. A CPU
 * without EL2 has its registers too, with values that trap and route nothing.
 */
export function resetCpu(state: CpuState, model: CpuModel, affinity: number): void {
  for (const slot of allSlots()) {
    if (slotType(slot) === 'i32') state.set32(slot, 0);
    else state.set64(slot, 0, 0);
  }
  for (const { name, reset } of REGISTERS) if (name in R) state.set64(R[name as SysregSlot], reset.hi, reset.lo);
  const { FEAT_PAN, FEAT_UAO, FEAT_SSBS } = model.features;
  state.optionalPstate = (FEAT_PAN ? SPSR_PAN : 0) | (FEAT_UAO ? SPSR_UAO : 0) | (FEAT_SSBS ? SPSR_SSBS : 0);
  const midr = model.idRegisters.MIDR_EL1;
  state.set64(R.MIDR_EL1, midr.hi, midr.lo);
  state.set64(R.VPIDR_EL2, midr.hi, midr.lo);
  state.set64(R.MPIDR_EL1, 0, MPIDR_RES1 | affinity);
  state.set64(R.VMPIDR_EL2, 0, MPIDR_RES1 | affinity);
  state.set32(EL, model.hasEl2 ? 2 : 1);
  state.set32(SPSEL, 1);
  state.set32(DAIF, PSTATE_DAIF);
  state.set64(PC, 0, 0);
}
