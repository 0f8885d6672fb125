/** How the stage-2 tables of a VM are laid out: start level, concatenated root, and the VTCR_EL2 that says so. */

import type { MmuFeatures } from '../mmu/features.ts';
import { type GranuleBits, levelShift, strideOf } from '../mmu/geometry.ts';
import { VmError } from './errors.ts';

export interface Stage2Shape {
  readonly granuleBits: GranuleBits;
  /** Size of the IPA space: 2 ** ipaBits bytes. */
  readonly ipaBits: number;
  readonly startLevel: number;
  /** Tables side by side at the start level: 1, 2, 4, 8 or 16. */
  readonly rootTables: number;
  /** VTCR_EL2, whose high half is RES0. */
  readonly vtcr: number;
}

/** Bounds of the IPA size that VMs may have; the upper one is the PA size of the CPU where that is smaller. */
const MIN_IPA_BITS = 32;
const MAX_IPA_BITS = 48;
/** Up to 2 ** 4 tables are concatenated. */
const CONCATENATION_BITS = 4;

/** VTCR_EL2: RES1; table walks Inner Shareable, Normal, Write-Back Write-Allocate (DDI 0487, "VTCR_EL2"). */
const VTCR_RES1 = 0x8000_0000;
const VTCR_WALKS = (3 << 12) | (1 << 10) | (1 << 8);
const TG0: Readonly<Record<GranuleBits, number>> = { 12: 0, 16: 1, 14: 2 };
/** PA sizes in the order of VTCR_EL2.PS. */
const PA_SIZES = [32, 36, 40, 42, 44, 48];

/** The granule with pages of so many bytes. Throws VmError when stage 2 of the CPU has none. */
export function granuleOfPage(pageBytes: number, { granules }: MmuFeatures): GranuleBits {
  const { k4, k16, k64 } = granules;
  const sizes: [GranuleBits, boolean][] = [
    [12, k4.stage2],
    [14, k16.stage2],
    [16, k64.stage2],
  ];
  const found = sizes.find(([bits, implemented]) => implemented && 2 ** bits === pageBytes);
  if (found === undefined) {
    const known = sizes.filter(([, implemented]) => implemented).map(([bits]) => 2 ** bits);
    throw new VmError(`stage-2 pages of ${pageBytes} bytes are not possible: the CPU has ${known.join(', ')}`);
  }
  return found[0];
}

/** Level of VTCR_EL2.SL0 = 0; SL0 counts levels up from it. */
const deepestStart = (granuleBits: GranuleBits): number => (granuleBits === 12 ? 2 : 3);

/**
 * The shape with the fewest levels (DDI 0487, "Concatenated translation tables for the initial stage 2 lookup").
 * `paBits` is the PA size of the CPU. Throws VmError for an IPA size that is below 32 bits or too large.
 */
export function stage2Shape(ipaBits: number, paBits: number, granuleBits: GranuleBits): Stage2Shape {
  const most = Math.min(paBits, MAX_IPA_BITS);
  if (!Number.isInteger(ipaBits) || ipaBits < MIN_IPA_BITS || ipaBits > most) {
    throw new VmError(`an IPA size of ${ipaBits} bits is not possible: the CPU has ${MIN_IPA_BITS} to ${most} bits`);
  }
  const reach = (level: number): number => levelShift(granuleBits, level) + strideOf(granuleBits);
  let startLevel = deepestStart(granuleBits);
  while (ipaBits > reach(startLevel) + CONCATENATION_BITS) startLevel--;
  const sl0 = deepestStart(granuleBits) - startLevel;
  const ps = PA_SIZES.indexOf(paBits);
  return {
    granuleBits,
    ipaBits,
    startLevel,
    rootTables: 2 ** Math.max(ipaBits - reach(startLevel), 0),
    vtcr: (VTCR_RES1 | (ps << 16) | (TG0[granuleBits] << 14) | VTCR_WALKS | (sl0 << 6) | (64 - ipaBits)) >>> 0,
  };
}
