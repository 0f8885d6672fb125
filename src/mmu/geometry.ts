/** Arithmetic of translation tables: granules, levels, sizes and the bit fields that index a table. */

import type { MmuFeatures } from './features.ts';

/** log2 of a granule in bytes: 4, 16 or 64 KiB. */
export type GranuleBits = 12 | 14 | 16;

/** The last lookup level. */
export const FINAL_LEVEL = 3;

/** Bounds of TxSZ without FEAT_LVA and FEAT_TTST (DDI 0487, AArch64.S1MinTxSZ, AArch64.MaxTxSZ). */
export const MIN_TXSZ = 16;
export const MAX_TXSZ = 39;

/** Input address bits that one full table resolves: a table fills a granule with 8-byte descriptors. */
export const strideOf = (granuleBits: number): number => granuleBits - 3;

/** log2 of the bytes that one entry of a table at `level` maps; the lowest bit of that level's index. */
export const levelShift = (granuleBits: number, level: number): number =>
  granuleBits + (FINAL_LEVEL - level) * strideOf(granuleBits);

/** The level at which a stage-1 lookup of `inputBits` begins (DDI 0487, AArch64.S1StartLevel). */
export const stage1StartLevel = (granuleBits: number, inputBits: number): number =>
  FINAL_LEVEL - Math.floor((inputBits - 1 - granuleBits) / strideOf(granuleBits));

/** log2 of the leaves that the Contiguous bit joins (DDI 0487, "The Contiguous bit"). */
export function contiguousBits(granuleBits: number, level: number): number {
  if (granuleBits === 14) return level === FINAL_LEVEL ? 7 : 5;
  return granuleBits === 12 ? 4 : 5;
}

/** Bits [low + width - 1 : low] of a 64-bit value given as two halves; `width` at most 31. */
export function bitField(hi: number, lo: number, low: number, width: number): number {
  const value = low >= 32 ? hi >>> (low - 32) : low === 0 ? lo : (lo >>> low) | (hi << (32 - low));
  return value & ((1 << width) - 1);
}

/** The low `width` bits, at most 30, of an address: an operation on its low half, where `%` would be one on a double. */
export const lowBits = (address: number, width: number): number => address & ((1 << width) - 1);

/** Output address size in bits of a PS or IPS field, limited to what is implemented (AArch64.PhysicalAddressSize). */
export function outputBits(ps: number, paBits: number): number {
  return Math.min([32, 36, 40, 42, 44, 48][ps & 7] ?? 48, paBits);
}

const TG0: readonly (GranuleBits | undefined)[] = [12, 16, 14, undefined];
const TG1: readonly (GranuleBits | undefined)[] = [undefined, 14, 12, 16];

/**
 * Granule of a TG0 (also VTCR_EL2.TG0) or TG1 field: the two are encoded differently. A value that is reserved or not
 * implemented selects an implemented granule by IMPLEMENTATION DEFINED choice: the smallest.
 */
export function granuleOf(
  field: 'TG0' | 'TG1',
  value: number,
  stage: 'stage1' | 'stage2',
  features: MmuFeatures,
): GranuleBits {
  const { k4, k16, k64 } = features.granules;
  const implemented: Record<GranuleBits, boolean> = { 12: k4[stage], 14: k16[stage], 16: k64[stage] };
  const wanted = (field === 'TG0' ? TG0 : TG1)[value & 3];
  if (wanted !== undefined && implemented[wanted]) return wanted;
  return implemented[12] ? 12 : implemented[14] ? 14 : 16;
}
