/** What EL2 traps and allows while a guest runs, the same for all. */

import { EVENT_COUNTERS } from '../arch/sysregs/registers.ts';
import { R, type SysregSlot } from '../cpu/slots.ts';
import type { CpuState } from '../cpu/state.ts';
import {
  HCR_AMO,
  HCR_FB,
  HCR_FMO,
  HCR_IMO,
  HCR_TID3,
  HCR_TIDCP,
  HCR_TSC,
  HCR_TWE,
  HCR_TWI,
  MDCR_TPM,
  MDCR_TPMCR,
} from '../cpu/system/control-bits.ts';
import { HCR_PTW, HCR_VM } from '../mmu/registers.ts';

const HCR_SWIO = 1 << 1;
const HCR_BSU_INNER = 1 << 10;
const HCR_RW = 1 << 31;

/**
 * HCR_EL2[31:0] as KVM sets it: both stages on, interrupts to EL2, waits, SMC and ID registers trapped, TLB maintenance
 * and barriers Inner Shareable, EL1 in AArch64. Less TSW and TACR, which guard what this machine has not: caches that
 * hold anything, and bits in ACTLR_EL1.
 */
export const HCR_GUEST =
  (HCR_VM |
    HCR_SWIO |
    HCR_PTW |
    HCR_FMO |
    HCR_IMO |
    HCR_AMO |
    HCR_FB |
    HCR_BSU_INNER |
    HCR_TWI |
    HCR_TWE |
    HCR_TID3 |
    HCR_TSC |
    HCR_TIDCP |
    HCR_RW) >>>
  0;

/**
 * CPTR_EL2 has RES1 bits and traps no floating point; the timers of EL1 and their counters are the guest's own, the
 * Performance Monitors are EL2's, though HPMN, whose 0 is reserved, gives them all away.
 */
const CONTROLS: readonly (readonly [name: SysregSlot, value: number])[] = [
  ['CPTR_EL2', 0x33ff],
  ['HSTR_EL2', 0],
  ['MDCR_EL2', MDCR_TPM | MDCR_TPMCR | EVENT_COUNTERS],
  ['CNTHCTL_EL2', (1 << 1) | (1 << 0)],
];

/** Writes the controls that no world switch changes: after a reset they are UNKNOWN. */
export function setControls(state: CpuState): void {
  for (const [name, value] of CONTROLS) state.set64(R[name], 0, value);
}
