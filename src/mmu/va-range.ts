/** One range of virtual addresses: the tables of a TTBR, and which VAs they translate. */

import { type GranuleBits, levelShift, MAX_TXSZ, MIN_TXSZ, stage1StartLevel } from './geometry.ts';
import { type Tables, tableBase } from './tables.ts';

/** The tables of TTBR0_ELx or TTBR1_EL1. */
export interface VaRange extends Tables {
  /** Top byte ignored (TCR_ELx.TBI). */
  readonly tbi: boolean;
  /** Bits of a VA above the input size, which must be all zeros (lower range) or all ones (upper). */
  readonly topMaskHi: number;
  readonly topMaskLo: number;
}

/** The register fields that make a range. */
export interface VaRangeFields {
  readonly txsz: number;
  readonly granuleBits: GranuleBits;
  readonly outputBits: number;
  /** TCR_EL1.EPDx. */
  readonly walkDisabled: boolean;
  readonly tbi: boolean;
  readonly bigEndian: boolean;
  readonly setsAccessFlag: boolean;
  readonly setsDirtyState: boolean;
  readonly ttbrHi: number;
  readonly ttbrLo: number;
}

/**
 * Builds a range. A TxSZ out of bounds may be clamped or may give a level 0 Translation fault, by IMPLEMENTATION
 * DEFINED choice (AArch64.S1TxSZFaults): here it faults, as FEAT_LVA later requires.
 */
export function vaRange(f: VaRangeFields): VaRange {
  const inputBits = 64 - Math.min(Math.max(f.txsz, MIN_TXSZ), MAX_TXSZ);
  const startLevel = stage1StartLevel(f.granuleBits, inputBits);
  const tableBytesLog2 = inputBits - levelShift(f.granuleBits, startLevel) + 3;
  return {
    usable: !f.walkDisabled && f.txsz >= MIN_TXSZ && f.txsz <= MAX_TXSZ,
    granuleBits: f.granuleBits,
    inputBits,
    startLevel,
    base: tableBase(f.ttbrHi, f.ttbrLo, tableBytesLog2),
    outputLimit: 2 ** f.outputBits,
    bigEndian: f.bigEndian,
    setsAccessFlag: f.setsAccessFlag,
    setsDirtyState: f.setsDirtyState,
    tbi: f.tbi,
    topMaskHi: (f.tbi ? 0x00ff_ffff : -1) & (inputBits > 32 ? -1 << (inputBits - 32) : -1),
    topMaskLo: inputBits < 32 ? -1 << inputBits : 0,
  };
}

/** True when `va` is in the range (DDI 0487, AArch64.VAIsOutOfRange, negated); `upper` for TTBR1's range. */
export function inRange(range: VaRange, upper: boolean, vaHi: number, vaLo: number): boolean {
  const hi = upper ? ~vaHi : vaHi;
  const lo = upper ? ~vaLo : vaLo;
  return ((hi & range.topMaskHi) | (lo & range.topMaskLo)) === 0;
}
