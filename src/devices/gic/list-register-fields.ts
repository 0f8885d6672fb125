/** The fields of list registers and of the registers that control them (IHI 0048B, "GICH_*"; IHI 0069, "ICH_*_EL2"). */

/** Bits [63:32] of ICH_LR<n>_EL2, whose layout has every field of GICH_LRn; bits [31:0] are the INTID. */
export const LR_PHYSICAL_MASK = 0x1fff;
/** Without HW, bit 41 asks for maintenance at the end. */
export const LR_EOI = 1 << 9;
export const LR_PRIORITY_SHIFT = 16;
export const LR_PRIORITY_MASK = 0xf8;
export const LR_GROUP_SHIFT = 28;
export const LR_HW_SHIFT = 29;
export const LR_HW = 1 << LR_HW_SHIFT;
export const LR_PENDING = 1 << 30;
export const LR_ACTIVE = 1 << 31;
export const LR_STATE = LR_PENDING | LR_ACTIVE;

/** Fields of GICH_HCR and ICH_HCR_EL2. */
export const HCR_EN = 1 << 0;
export const HCR_UIE = 1 << 1;
export const HCR_LRENPIE = 1 << 2;
export const HCR_NPIE = 1 << 3;
export const HCR_GROUP_ENABLES_SHIFT = 4;
export const HCR_EOI_COUNT_SHIFT = 27;

/** Bits of GICH_MISR and ICH_MISR_EL2. */
export const MISR_EOI = 1 << 0;
export const MISR_U = 1 << 1;
export const MISR_LRENP = 1 << 2;
export const MISR_NP = 1 << 3;
