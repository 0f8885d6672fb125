/** The system-register values that a translation depends on, as uint32 halves. */

/**
 * Snapshot of the registers that control translation. The digit is the EL; `ttbr2` is TTBR0_EL2, `ttbr12` TTBR1_EL2,
 * `ttbr0` and `ttbr1` are EL1's. Registers without halves have no translation control above bit 31.
 */
export interface TranslationRegisters {
  sctlr1: number;
  sctlr2: number;
  tcr1Lo: number;
  tcr1Hi: number;
  tcr2Lo: number;
  tcr2Hi: number;
  ttbr0Lo: number;
  ttbr0Hi: number;
  ttbr1Lo: number;
  ttbr1Hi: number;
  ttbr2Lo: number;
  ttbr2Hi: number;
  ttbr12Lo: number;
  ttbr12Hi: number;
  mair1Lo: number;
  mair1Hi: number;
  mair2Lo: number;
  mair2Hi: number;
  hcrLo: number;
  hcrHi: number;
  vtcr: number;
  vttbrLo: number;
  vttbrHi: number;
}

/** SCTLR_ELx bits (DDI 0487, "SCTLR_EL1", "SCTLR_EL2"). */
export const SCTLR_M = 1 << 0;
export const SCTLR_C = 1 << 2;
export const SCTLR_I = 1 << 12;
export const SCTLR_WXN = 1 << 19;
export const SCTLR_EE = 1 << 25;

/** HCR_EL2 bits; CD, ID and E2H are in the high half (DDI 0487, "HCR_EL2"). */
export const HCR_VM = 1 << 0;
export const HCR_PTW = 1 << 2;
export const HCR_DC = 1 << 12;
export const HCR_TGE = 1 << 27;
export const HCR_HI_CD = 1 << 0;
export const HCR_HI_ID = 1 << 1;
export const HCR_HI_E2H = 1 << 2;

/** Bits of TCR_EL1, and of TCR_EL2 with E2H; those of the high half count from bit 32 (DDI 0487, "TCR_EL1"). */
export const TCR1_EPD0 = 1 << 7;
export const TCR1_A1 = 1 << 22;
export const TCR1_EPD1 = 1 << 23;
export const TCR1_HI_AS = 1 << 4;
export const TCR1_HI_TBI0 = 1 << 5;
export const TCR1_HI_TBI1 = 1 << 6;
export const TCR1_HI_HA = 1 << 7;
export const TCR1_HI_HD = 1 << 8;
/** TCR_EL2.TBI without E2H. */
export const TCR2_TBI = 1 << 20;
/** HA and HD of VTCR_EL2, and of TCR_EL2 without E2H. */
export const TCR2_HA = 1 << 21;
export const TCR2_HD = 1 << 22;
/** VTCR_EL2.VS. */
export const VTCR_VS = 1 << 19;
