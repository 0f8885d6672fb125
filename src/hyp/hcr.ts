/** HCR_EL2 while a guest runs. */

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
