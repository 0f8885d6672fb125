/** A translation regime: every parameter of a walk, computed from registers by one pure function. */

import type { MmuFeatures } from './features.ts';
import { granuleOf, outputBits } from './geometry.ts';
import type { TranslationRegisters } from './registers.ts';
import * as reg from './registers.ts';
import { type Stage2Tables, stage2Tables } from './stage2-tables.ts';
import { type VaRange, vaRange } from './va-range.ts';

export type RegimeName = 'EL1&0' | 'EL2';

/** One regime as the registers set it up. Immutable; valid until a register that it came from changes. */
export interface Regime {
  readonly name: RegimeName;
  /** Current ASID; 0 for EL2, whose entries are all global. */
  readonly asid: number;
  /** VTTBR_EL2.VMID, also while stage 2 is off; 0 for EL2. */
  readonly vmid: number;
  readonly stage1On: boolean;
  readonly stage2On: boolean;
  readonly paBits: number;
  /** The range that TTBR0 translates, and TTBR1's where the regime has one. */
  readonly lower: VaRange;
  readonly upper: VaRange | undefined;
  /** Stage 1 off: bits of the high half of a VA that must be zero (AArch64.S1DisabledOutput). */
  readonly flatMaskHi: number;
  readonly mairHi: number;
  readonly mairLo: number;
  /** SCTLR_ELx.C, I and WXN. */
  readonly dataCacheable: boolean;
  readonly instructionCacheable: boolean;
  readonly wxn: boolean;
  /** HCR_EL2.DC: with stage 1 off, memory is Normal Write-Back. */
  readonly defaultCacheable: boolean;
  /** Undefined while stage 2 is off. */
  readonly stage2: Stage2Tables | undefined;
}

/** The range that a VA belongs to by its bit 55 (DDI 0487, AArch64.GetVARange). */
export const rangeOf = (regime: Regime, vaHi: number): VaRange =>
  regime.upper !== undefined && (vaHi & VA_BIT_55) !== 0 ? regime.upper : regime.lower;
const VA_BIT_55 = 1 << 23;

/** Bits 55 (TBI) or 63 (no TBI) down to `low` of an address, as a mask of its high half; `low` is 32 or more. */
const topMaskHi = (tbi: boolean, low: number): number => (tbi ? 0x00ff_ffff : -1) & (-1 << (low - 32));

/** Dirty state needs the Access flag: HD counts with HA alone. */
const HA_HD = reg.TCR2_HA | reg.TCR2_HD;
const HI_HA_HD = reg.TCR1_HI_HA | reg.TCR1_HI_HD;

/** Computes the regime `name` of a PE without VHE. The result shares nothing with its arguments. */
export function regimeOf(regs: TranslationRegisters, name: RegimeName, features: MmuFeatures): Regime {
  return name === 'EL2' ? el2Regime(regs, features) : el10Regime(regs, features);
}

function el2Regime(regs: TranslationRegisters, features: MmuFeatures): Regime {
  const tbi = (regs.tcr2 & reg.TCR2_TBI) !== 0;
  return {
    name: 'EL2',
    asid: 0,
    vmid: 0,
    ...sctlrControls(regs.sctlr2),
    stage1On: (regs.sctlr2 & reg.SCTLR_M) !== 0,
    stage2On: false,
    paBits: features.paBits,
    lower: vaRange({
      txsz: regs.tcr2 & 0x3f,
      granuleBits: granuleOf('TG0', regs.tcr2 >>> 14, 'stage1', features),
      outputBits: outputBits(regs.tcr2 >>> 16, features.paBits),
      walkDisabled: false,
      tbi,
      bigEndian: (regs.sctlr2 & reg.SCTLR_EE) !== 0,
      setsAccessFlag: features.hafdbs && (regs.tcr2 & reg.TCR2_HA) !== 0,
      setsDirtyState: features.hafdbs && (regs.tcr2 & HA_HD) === HA_HD,
      ttbrHi: regs.ttbr2Hi,
      ttbrLo: regs.ttbr2Lo,
    }),
    upper: undefined,
    flatMaskHi: topMaskHi(tbi, features.paBits),
    mairHi: regs.mair2Hi,
    mairLo: regs.mair2Lo,
    defaultCacheable: false,
    stage2: undefined,
  };
}

function el10Regime(regs: TranslationRegisters, features: MmuFeatures): Regime {
  const { tcr1Lo, tcr1Hi } = regs;
  const tbi0 = (tcr1Hi & reg.TCR1_HI_TBI0) !== 0;
  const defaultCacheable = (regs.hcrLo & reg.HCR_DC) !== 0;
  const stage2On = (regs.hcrLo & (reg.HCR_VM | reg.HCR_DC)) !== 0;
  const common = {
    outputBits: outputBits(tcr1Hi, features.paBits),
    bigEndian: (regs.sctlr1 & reg.SCTLR_EE) !== 0,
    setsAccessFlag: features.hafdbs && (tcr1Hi & reg.TCR1_HI_HA) !== 0,
    setsDirtyState: features.hafdbs && (tcr1Hi & HI_HA_HD) === HI_HA_HD,
  };
  return {
    name: 'EL1&0',
    asid: asidOf(regs, features),
    vmid: (regs.vttbrHi >>> 16) & (features.vmid16 && (regs.vtcr & reg.VTCR_VS) !== 0 ? 0xffff : 0xff),
    ...sctlrControls(regs.sctlr1),
    // DDI 0487, AArch64.S1Enabled: DC and TGE make SCTLR_EL1.M behave as 0.
    stage1On: (regs.sctlr1 & reg.SCTLR_M) !== 0 && (regs.hcrLo & (reg.HCR_DC | reg.HCR_TGE)) === 0,
    stage2On,
    paBits: features.paBits,
    lower: vaRange({
      ...common,
      txsz: tcr1Lo & 0x3f,
      granuleBits: granuleOf('TG0', tcr1Lo >>> 14, 'stage1', features),
      walkDisabled: (tcr1Lo & reg.TCR1_EPD0) !== 0,
      tbi: tbi0,
      ttbrHi: regs.ttbr0Hi,
      ttbrLo: regs.ttbr0Lo,
    }),
    upper: vaRange({
      ...common,
      txsz: (tcr1Lo >>> 16) & 0x3f,
      granuleBits: granuleOf('TG1', tcr1Lo >>> 30, 'stage1', features),
      walkDisabled: (tcr1Lo & reg.TCR1_EPD1) !== 0,
      tbi: (tcr1Hi & reg.TCR1_HI_TBI1) !== 0,
      ttbrHi: regs.ttbr1Hi,
      ttbrLo: regs.ttbr1Lo,
    }),
    flatMaskHi: topMaskHi(tbi0, features.paBits),
    mairHi: regs.mair1Hi,
    mairLo: regs.mair1Lo,
    defaultCacheable,
    stage2: stage2On ? stage2Tables(regs, features) : undefined,
  };
}

/** TCR_EL1.A1 chooses the TTBR that holds the ASID, TCR_EL1.AS its size. */
function asidOf(regs: TranslationRegisters, features: MmuFeatures): number {
  const ttbrHi = (regs.tcr1Lo & reg.TCR1_A1) !== 0 ? regs.ttbr1Hi : regs.ttbr0Hi;
  return (ttbrHi >>> 16) & (features.asid16 && (regs.tcr1Hi & reg.TCR1_HI_AS) !== 0 ? 0xffff : 0xff);
}

function sctlrControls(sctlr: number) {
  return {
    dataCacheable: (sctlr & reg.SCTLR_C) !== 0,
    instructionCacheable: (sctlr & reg.SCTLR_I) !== 0,
    wxn: (sctlr & reg.SCTLR_WXN) !== 0,
  };
}
