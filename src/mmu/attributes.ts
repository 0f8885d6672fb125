/** Memory types: decoding of MAIR bytes and stage-2 MemAttr fields, and the combination of both stages. */

import type { Regime } from './regime.ts';

/** MAIR bytes that the architecture names (DDI 0487, "MAIR_EL1"). */
const DEVICE_NGNRNE = 0x00;
const NORMAL_NON_CACHEABLE = 0x44;
const NORMAL_WRITE_THROUGH = 0xaa;
export const NORMAL_WRITE_BACK = 0xff;

/** SH[1:0] values. */
export const NON_SHAREABLE = 0;
export const OUTER_SHAREABLE = 2;
export const INNER_SHAREABLE = 3;

/** In place of a MemAttr: no stage 2 took part. */
export const NO_STAGE2 = -1;
/** MemAttr of Normal Non-cacheable memory. */
const MEMATTR_NON_CACHEABLE = 0b0101;

/** True for the MAIR byte of a Device type. */
export const isDevice = (byte: number): boolean => (byte & 0xf0) === 0;
/** True for a MemAttr of a Device type. */
export const isStage2Device = (memAttr: number): boolean => memAttr !== NO_STAGE2 && (memAttr & 0b1100) === 0;

/** Byte `index` of MAIR_ELx, normalised: encodings that are UNPREDICTABLE act as the nearest defined type. */
export function mairByte(regime: Regime, index: number): number {
  const byte = ((index < 4 ? regime.mairLo : regime.mairHi) >>> ((index & 3) * 8)) & 0xff;
  if (isDevice(byte)) return byte & 0b1100;
  return (byte & 0xf) === 0 ? (byte & 0xf0) | 0x4 : byte;
}

/** SH as a shareability; the reserved value 1 acts as Outer Shareable. */
export const shareabilityOf = (sh: number): number => (sh === 1 ? OUTER_SHAREABLE : sh);

/** Stage-1 type of an access, where SCTLR_ELx.C and I, and fetches from Device memory, count (AArch64.S1Translate). */
export function stage1AttributesFor(regime: Regime, execute: boolean, leaf: number): number {
  if (execute) return isDevice(leaf) || !regime.instructionCacheable ? NORMAL_NON_CACHEABLE : leaf;
  return !isDevice(leaf) && !regime.dataCacheable ? NORMAL_NON_CACHEABLE : leaf;
}

/** Type that stage 1 gives while it is off (AArch64.S1DisabledOutput). */
export function flatAttributes(regime: Regime, execute: boolean): number {
  if (regime.defaultCacheable) return NORMAL_WRITE_BACK;
  if (!execute) return DEVICE_NGNRNE;
  return regime.instructionCacheable ? NORMAL_WRITE_THROUGH : NORMAL_NON_CACHEABLE;
}

/** Stage-2 type of an access, where HCR_EL2.CD and ID, and fetches from Device memory, count (AArch64.S2Translate). */
export function stage2AttributesFor(regime: Regime, execute: boolean, memAttr: number): number {
  const tables = regime.stage2;
  if (memAttr === NO_STAGE2 || tables === undefined) return NO_STAGE2;
  if (execute) return isStage2Device(memAttr) || tables.instructionsUncached ? MEMATTR_NON_CACHEABLE : memAttr;
  return !isStage2Device(memAttr) && tables.dataUncached ? MEMATTR_NON_CACHEABLE : memAttr;
}

/** Cacheability of half a MAIR byte of Normal memory in the numbers of MemAttr: 1 Non-cacheable, 2 Write-Through, 3 Write-Back. */
export function halfCacheability(nibble: number): number {
  if (nibble === 0b0100) return 1;
  return (nibble & 0b0100) === 0 ? 2 : 3;
}

/** The more restrictive cacheability with the hints of stage 1 (AArch64.S2CombineS1AttrHints). */
function combineNibble(nibble: number, stage2: number): number {
  const stage1 = halfCacheability(nibble);
  // MemAttr with a Device half beside a Normal one is reserved; it acts as Non-cacheable.
  const both = Math.min(stage1, stage2 === 0 ? 1 : stage2);
  if (both === 1) return 0b0100;
  return both === stage1 ? nibble : nibble & 0b1011;
}

/** MAIR byte of a stage-1 type (a MAIR byte) combined with a stage-2 type (a MemAttr, or NO_STAGE2). */
export function combineAttributes(stage1: number, stage2: number): number {
  if (stage2 === NO_STAGE2) return stage1;
  const device1 = isDevice(stage1);
  if (isStage2Device(stage2)) return device1 ? Math.min(stage1, stage2 << 2) : stage2 << 2;
  if (device1) return stage1;
  return (combineNibble(stage1 >>> 4, stage2 >>> 2) << 4) | combineNibble(stage1 & 0xf, stage2 & 3);
}

/** The wider of two shareability domains. */
export function combineShareability(a: number, b: number): number {
  if (a === OUTER_SHAREABLE || b === OUTER_SHAREABLE) return OUTER_SHAREABLE;
  return a === INNER_SHAREABLE || b === INNER_SHAREABLE ? INNER_SHAREABLE : NON_SHAREABLE;
}

/** Device and Non-cacheable memory is always Outer Shareable (EffectiveShareability). */
export const effectiveShareability = (mair: number, shareability: number): number =>
  isDevice(mair) || mair === NORMAL_NON_CACHEABLE ? OUTER_SHAREABLE : shareability;
