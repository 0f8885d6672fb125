/** A translation regime: every parameter of a walk, computed from registers by one pure function. */

import type { MmuFeatures } from './features.ts';
import { granuleOf, outputBits } from './geometry.ts';
import type { TranslationRegisters } from './registers.ts';
import * as reg from './registers.ts';
import { type Stage2Tables, stage2Tables } from './stage2-tables.ts';
import { type VaRange, vaRange } from './va-range.ts';

/** Names of translation regimes; EL2's is EL2&0 while HCR_EL2.E2H is set. */
export type RegimeName = 'EL1&0' | 'EL2' | 'EL2&0';

/** One regime as the registers set it up. Immutable; valid until a register that it came from changes. */
export interface Regime {
  readonly name: RegimeName;
  /** Current ASID; 0 for EL2, whose entries are all global. */
  readonly asid: number;
  /** VTTBR_EL2.VMID, also while stage 2 is off; 0 for EL2 and EL2&0. */
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

/** Computes the regime `name`. The result shares nothing with its arguments. */
export function regimeOf(regs: TranslationRegisters, name: RegimeName, features: MmuFeatures): Regime {
  if (name === 'EL1&0') return el10Regime(regs, features);
  return name === 'EL2' ? el2Regime(regs, features) : el20Regime(regs, features);
}

function el2Regime(regs: TranslationRegisters, features: MmuFeatures): Regime {
  const { tcr2Lo } = regs;
  const tbi = (tcr2Lo & reg.TCR2_TBI) !== 0;
  return {
    name: 'EL2',
    asid: 0,
    vmid: 0,
    ...sctlrControls(regs.sctlr2),
    stage1On: (regs.sctlr2 & reg.SCTLR_M) !== 0,
    stage2On: false,
    paBits: features.paBits,
    lower: vaRange({
      txsz: tcr2Lo & 0x3f,
      granuleBits: granuleOf('TG0', tcr2Lo >>> 14, 'stage1', features),
      outputBits: outputBits(tcr2Lo >>> 16, features.paBits),
      walkDisabled: false,
      tbi,
      bigEndian: (regs.sctlr2 & reg.SCTLR_EE) !== 0,
      setsAccessFlag: features.hafdbs && (tcr2Lo & reg.TCR2_HA) !== 0,
      setsDirtyState: features.hafdbs && (tcr2Lo & HA_HD) === HA_HD,
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
  const stage2On = (regs.hcrLo & (reg.HCR_VM | reg.HCR_DC)) !== 0;
  return {
    name: 'EL1&0',
    vmid: (regs.vttbrHi >>> 16) & (features.vmid16 && (regs.vtcr & reg.VTCR_VS) !== 0 ? 0xffff : 0xff),
    ...twoRanges(features, {
      sctlr: regs.sctlr1,
      tcrLo: regs.tcr1Lo,
      tcrHi: regs.tcr1Hi,
      ttbr0Lo: regs.ttbr0Lo,
      ttbr0Hi: regs.ttbr0Hi,
      ttbr1Lo: regs.ttbr1Lo,
      ttbr1Hi: regs.ttbr1Hi,
    }),
    // DDI 0487, AArch64.S1Enabled: DC and TGE make SCTLR_EL1.M behave as 0.
    stage1On: (regs.sctlr1 & reg.SCTLR_M) !== 0 && (regs.hcrLo & (reg.HCR_DC | reg.HCR_TGE)) === 0,
    stage2On,
    mairHi: regs.mair1Hi,
    mairLo: regs.mair1Lo,
    defaultCacheable: (regs.hcrLo & reg.HCR_DC) !== 0,
    stage2: stage2On ? stage2Tables(regs, features) : undefined,
  };
}

/** The regime of EL2 while HCR_EL2.E2H is set, and of EL0 with TGE too; no VMID and no stage 2 (FEAT_VHE). */
function el20Regime(regs: TranslationRegisters, features: MmuFeatures): Regime {
  return {
    name: 'EL2&0',
    vmid: 0,
    ...twoRanges(features, {
      sctlr: regs.sctlr2,
      tcrLo: regs.tcr2Lo,
      tcrHi: regs.tcr2Hi,
      ttbr0Lo: regs.ttbr2Lo,
      ttbr0Hi: regs.ttbr2Hi,
      ttbr1Lo: regs.ttbr12Lo,
      ttbr1Hi: regs.ttbr12Hi,
    }),
    stage1On: (regs.sctlr2 & reg.SCTLR_M) !== 0,
    stage2On: false,
    mairHi: regs.mair2Hi,
    mairLo: regs.mair2Lo,
    defaultCacheable: false,
    stage2: undefined,
  };
}

/** The registers of a regime with two ranges, SCTLR_ELx and TCR_ELx in the layout of EL1's. */
interface TwoRangeRegisters {
  readonly sctlr: number;
  readonly tcrLo: number;
  readonly tcrHi: number;
  readonly ttbr0Lo: number;
  readonly ttbr0Hi: number;
  readonly ttbr1Lo: number;
  readonly ttbr1Hi: number;
}

/** What the regimes with two ranges have in common: all that comes from SCTLR_ELx, TCR_ELx and the TTBRs. */
function twoRanges(features: MmuFeatures, regs: TwoRangeRegisters) {
  const { sctlr, tcrLo, tcrHi } = regs;
  const tbi0 = (tcrHi & reg.TCR1_HI_TBI0) !== 0;
  const common = {
    outputBits: outputBits(tcrHi, features.paBits),
    bigEndian: (sctlr & reg.SCTLR_EE) !== 0,
    setsAccessFlag: features.hafdbs && (tcrHi & reg.TCR1_HI_HA) !== 0,
    setsDirtyState: features.hafdbs && (tcrHi & HI_HA_HD) === HI_HA_HD,
  };
  return {
    asid: asidOf(regs, features),
    ...sctlrControls(sctlr),
    paBits: features.paBits,
    lower: vaRange({
      ...common,
      txsz: tcrLo & 0x3f,
      granuleBits: granuleOf('TG0', tcrLo >>> 14, 'stage1', features),
      walkDisabled: (tcrLo & reg.TCR1_EPD0) !== 0,
      tbi: tbi0,
      ttbrHi: regs.ttbr0Hi,
      ttbrLo: regs.ttbr0Lo,
    }),
    upper: vaRange({
      ...common,
      txsz: (tcrLo >>> 16) & 0x3f,
      granuleBits: granuleOf('TG1', tcrLo >>> 30, 'stage1', features),
      walkDisabled: (tcrLo & reg.TCR1_EPD1) !== 0,
      tbi: (tcrHi & reg.TCR1_HI_TBI1) !== 0,
      ttbrHi: regs.ttbr1Hi,
      ttbrLo: regs.ttbr1Lo,
    }),
    flatMaskHi: topMaskHi(tbi0, features.paBits),
  };
}

/** TCR_ELx.A1 chooses the TTBR that holds the ASID, TCR_ELx.AS its size. */
function asidOf({ tcrLo, tcrHi, ttbr0Hi, ttbr1Hi }: TwoRangeRegisters, features: MmuFeatures): number {
  const ttbrHi = (tcrLo & reg.TCR1_A1) !== 0 ? ttbr1Hi : ttbr0Hi;
  return (ttbrHi >>> 16) & (features.asid16 && (tcrHi & reg.TCR1_HI_AS) !== 0 ? 0xffff : 0xff);
}

function sctlrControls(sctlr: number) {
  return {
    dataCacheable: (sctlr & reg.SCTLR_C) !== 0,
    instructionCacheable: (sctlr & reg.SCTLR_I) !== 0,
    wxn: (sctlr & reg.SCTLR_WXN) !== 0,
  };
}
