/** Decodes one descriptor, given as two halves (DDI 0487, "VMSAv8-64 translation table format descriptors"). */

import { joined } from '../arch/addresses.ts';
import { FINAL_LEVEL } from './geometry.ts';

export type DescriptorKind = 'table' | 'block' | 'page' | 'invalid';

/** The lowest level with block descriptors: 1 with 4K granule, 2 with 16K and 64K (AArch64.BlockDescSupported). */
const firstBlockLevel = (granuleBits: number): number => (granuleBits === 12 ? 1 : 2);

/** Kind of a descriptor found at `level` (AArch64.DecodeDescriptorType). */
export function descriptorKind(lo: number, level: number, granuleBits: number): DescriptorKind {
  if ((lo & 1) === 0) return 'invalid';
  if ((lo & 2) !== 0) return level === FINAL_LEVEL ? 'page' : 'table';
  return level < FINAL_LEVEL && level >= firstBlockLevel(granuleBits) ? 'block' : 'invalid';
}

/** Halves of the output or next-table address: bits [47:shift], `shift` below 32. */
export const addressHi = (hi: number): number => hi & 0xffff;
export const addressLo = (lo: number, shift: number): number => lo & (-1 << shift);
/** That address, in bytes. */
export const descriptorAddress = (hi: number, lo: number, shift: number): number =>
  joined(addressHi(hi), addressLo(lo, shift));

/** AF, in leaf descriptors of both stages. */
export const ACCESS_FLAG = 1 << 10;
export const hasAccessFlag = (lo: number): boolean => (lo & ACCESS_FLAG) !== 0;
/** DBM, in leaf descriptors of both stages: hardware may make the leaf writable (FEAT_HAFDBS). */
export const hasDirtyModifier = (hi: number): boolean => (hi & (1 << 19)) !== 0;
/** Stage 1: AP[2], read-only. Stage 2: S2AP[1], writable. */
export const WRITE_PERMISSION = 1 << 7;
/** The Contiguous hint, in leaf descriptors of both stages. */
export const isContiguous = (hi: number): boolean => (hi & (1 << 20)) !== 0;
/** SH[1:0], in leaf descriptors of both stages. */
export const shareabilityField = (lo: number): number => (lo >>> 8) & 3;

/** Stage 1: AttrIndx[2:0], index into MAIR_ELx. */
export const attributeIndex = (lo: number): number => (lo >>> 2) & 7;
/** Stage 1: AP[2:1]. */
export const accessPermissions = (lo: number): number => (lo >>> 6) & 3;
/** Stage 1: nG, the entry belongs to one ASID. */
export const isNotGlobal = (lo: number): boolean => (lo & (1 << 11)) !== 0;
/** Stage 1: PXN. */
export const isPrivilegedExecuteNever = (hi: number): boolean => (hi & (1 << 21)) !== 0;
/** UXN (stage 1 of EL1&0) or XN (stage 1 of EL2, stage 2). */
export const isExecuteNever = (hi: number): boolean => (hi & (1 << 22)) !== 0;

/** Stage 2: MemAttr[3:0]. */
export const stage2MemAttr = (lo: number): number => (lo >>> 2) & 0xf;
/** Stage 2: S2AP[1:0], bit 0 read, bit 1 write. */
export const stage2AccessPermissions = (lo: number): number => (lo >>> 6) & 3;

/** Limits that stage-1 table descriptors put on all below them, as bits of `hierarchyOf`. */
export const PXN_TABLE = 1 << 0;
export const XN_TABLE = 1 << 1;
export const AP_TABLE_NO_EL0 = 1 << 2;
export const AP_TABLE_READ_ONLY = 1 << 3;

/** Bits [62:59] of a stage-1 table descriptor: APTable, UXNTable or XNTable, PXNTable. Levels combine by OR. */
export const hierarchyOf = (hi: number): number => (hi >>> 27) & 0xf;
