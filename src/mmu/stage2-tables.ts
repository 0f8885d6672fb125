/** The stage-2 tables that VTCR_EL2 and VTTBR_EL2 describe, and whether that description holds together. */

import type { MmuFeatures } from './features.ts';
import { FINAL_LEVEL, type GranuleBits, granuleOf, levelShift, MAX_TXSZ, outputBits, strideOf } from './geometry.ts';
import type { TranslationRegisters } from './registers.ts';
import * as reg from './registers.ts';
import { type Tables, tableBase } from './tables.ts';

/** Stage 2 of the EL1&0 regime. */
export interface Stage2Tables extends Tables {
  /** 2 ** (64 - T0SZ): IPAs at or above it give a level 0 Translation fault. */
  readonly inputLimit: number;
  /** HCR_EL2.PTW: a stage-1 walk may not read Device memory. */
  readonly protectedTableWalk: boolean;
  /** HCR_EL2.CD and ID: data and instruction accesses to Normal memory are Non-cacheable at stage 2. */
  readonly dataUncached: boolean;
  readonly instructionsUncached: boolean;
}

/** Up to 2 ** 4 tables stand side by side at the start level. */
const CONCATENATION_BITS = 4;

/** Start level of VTCR_EL2.SL0; undefined where it is reserved (AArch64.S2StartLevel, AArch64.S2InvalidSL). */
function startLevelOf(sl0: number, granuleBits: GranuleBits, paBits: number): number | undefined {
  if (sl0 === 3) return undefined;
  if (granuleBits === 12) return sl0 === 2 && paBits < 44 ? undefined : 2 - sl0;
  return sl0 === 2 && paBits < (granuleBits === 14 ? 42 : 44) ? undefined : 3 - sl0;
}

/** Whether the start level resolves an input of this size with 1 to 16 tables (AArch64.S2InconsistentSL, negated). */
function isConsistent(granuleBits: number, startLevel: number, inputBits: number): boolean {
  const smallest = levelShift(granuleBits, startLevel) + 1;
  return inputBits >= smallest && inputBits <= smallest + strideOf(granuleBits) - 1 + CONCATENATION_BITS;
}

/** Computes the stage-2 tables. What VTCR_EL2 gets wrong makes them unusable: every IPA faults at level 0. */
export function stage2Tables(regs: TranslationRegisters, features: MmuFeatures): Stage2Tables {
  const { vtcr } = regs;
  const granuleBits = granuleOf('TG0', vtcr >>> 14, 'stage2', features);
  const t0sz = vtcr & 0x3f;
  const inputBits = 64 - t0sz;
  const level = startLevelOf((vtcr >>> 6) & 3, granuleBits, features.paBits);
  const startLevel = level ?? FINAL_LEVEL;
  // T0SZ below 64 - PA size may be clamped or fault (AArch64.S2TxSZFaults): it faults, as at stage 1.
  const sized = t0sz <= MAX_TXSZ && inputBits <= features.paBits;
  const usable = sized && level !== undefined && isConsistent(granuleBits, startLevel, inputBits);
  const tableBytesLog2 = inputBits - levelShift(granuleBits, startLevel) + 3;
  return {
    usable,
    granuleBits,
    inputBits,
    startLevel,
    base: usable ? tableBase(regs.vttbrHi, regs.vttbrLo, tableBytesLog2) : 0,
    outputLimit: 2 ** outputBits(vtcr >>> 16, features.paBits),
    bigEndian: (regs.sctlr2 & reg.SCTLR_EE) !== 0,
    setsAccessFlag: features.hafdbs && (vtcr & reg.TCR2_HA) !== 0,
    setsDirtyState: features.hafdbs && (vtcr & reg.TCR2_HA) !== 0 && (vtcr & reg.TCR2_HD) !== 0,
    inputLimit: 2 ** inputBits,
    protectedTableWalk: (regs.hcrLo & reg.HCR_PTW) !== 0,
    dataUncached: (regs.hcrHi & reg.HCR_HI_CD) !== 0,
    instructionsUncached: (regs.hcrHi & reg.HCR_HI_ID) !== 0,
  };
}
