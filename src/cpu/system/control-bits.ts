/** Bits of the control registers that route and trap (DDI 0487, "HCR_EL2", "MDCR_EL2", "SCTLR_EL1" and the like). */

/** HCR_EL2[31:0]; the bits that translation depends on are with the MMU's registers. */
export const HCR_FMO = 1 << 3;
export const HCR_IMO = 1 << 4;
export const HCR_AMO = 1 << 5;
export const HCR_VF = 1 << 6;
export const HCR_VI = 1 << 7;
export const HCR_VSE = 1 << 8;
export const HCR_FB = 1 << 9;
export const HCR_TWI = 1 << 13;
export const HCR_TWE = 1 << 14;
export const HCR_TID1 = 1 << 16;
export const HCR_TID2 = 1 << 17;
export const HCR_TID3 = 1 << 18;
export const HCR_TSC = 1 << 19;
export const HCR_TIDCP = 1 << 20;
export const HCR_TACR = 1 << 21;
export const HCR_TSW = 1 << 22;
export const HCR_TPC = 1 << 23;
export const HCR_TPU = 1 << 24;
export const HCR_TTLB = 1 << 25;
export const HCR_TVM = 1 << 26;
export const HCR_TDZ = 1 << 28;
export const HCR_HCD = 1 << 29;
export const HCR_TRVM = 1 << 30;

/** MDCR_EL2. */
export const MDCR_HPMN = 0x1f;
export const MDCR_TPMCR = 1 << 5;
export const MDCR_TPM = 1 << 6;
export const MDCR_HPME = 1 << 7;
export const MDCR_TDE = 1 << 8;
export const MDCR_TDA = 1 << 9;
export const MDCR_TDOSA = 1 << 10;
export const MDCR_TDRA = 1 << 11;

export const MDSCR_SS = 1 << 0;
export const MDSCR_TDCC = 1 << 12;
export const MDSCR_KDE = 1 << 13;
export const MDSCR_MDE = 1 << 15;

export const PMCR_E = 1 << 0;
export const PMCR_P = 1 << 1;
export const PMCR_C = 1 << 2;
export const PMUSERENR_EN = 1 << 0;
export const PMUSERENR_SW = 1 << 1;
export const PMUSERENR_CR = 1 << 2;
export const PMUSERENR_ER = 1 << 3;

export const CPTR_TCPAC = 1 << 31;
/** CPTR_EL2.TFP without E2H; with it CPTR_EL2 has the layout of CPACR_EL1. */
export const CPTR_TFP = 1 << 10;

/** CPACR_EL1.FPEN: bit 20 lets EL1 use floating point, bits 21 and 20 together EL0 too. */
export const CPACR_FPEN0 = 1 << 20;
export const CPACR_FPEN1 = 1 << 21;

export const SCTLR_UMA = 1 << 9;
export const SCTLR_DZE = 1 << 14;
export const SCTLR_UCT = 1 << 15;
export const SCTLR_NTWI = 1 << 16;
export const SCTLR_NTWE = 1 << 18;
export const SCTLR_SPAN = 1 << 23;
export const SCTLR_UCI = 1 << 26;
/** SCTLR_ELx[63:32]. */
export const SCTLR_HI_DSSBS = 1 << 12;

/** CNTKCTL_EL1, and CNTHCTL_EL2 with E2H. */
export const CNTKCTL_EL0PCTEN = 1 << 0;
export const CNTKCTL_EL0VCTEN = 1 << 1;
export const CNTKCTL_EL0VTEN = 1 << 8;
export const CNTKCTL_EL0PTEN = 1 << 9;
/** CNTHCTL_EL2 without E2H. */
export const CNTHCTL_EL1PCTEN = 1 << 0;
export const CNTHCTL_EL1PCEN = 1 << 1;
/** EL1PCTEN and EL1PTEN of CNTHCTL_EL2 with E2H. */
export const CNTHCTL_E2H_EL1PCTEN = 1 << 10;
export const CNTHCTL_E2H_EL1PTEN = 1 << 11;

/** ICC_SRE_EL2. */
export const SRE_ENABLE = 1 << 3;

/** PSTATE.DAIF as SPSR_ELx holds it. */
export const PSTATE_F = 1 << 6;
export const PSTATE_I = 1 << 7;
export const PSTATE_A = 1 << 8;
export const PSTATE_D = 1 << 9;
export const PSTATE_DAIF = 0x3c0;
