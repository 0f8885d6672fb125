/** Classes of A64 words by their fixed bits (DDI 0487, C4.1), as far as aiming and excluding need them. */

/** Loads and stores, SIMD&FP ones included: op0 x1x0. */
export const isLoadStore = (word: number): boolean => (word & 0x0a000000) === 0x08000000;
/** Load register (literal). */
export const isLiteral = (word: number): boolean => (word & 0x3b000000) === 0x18000000;
/** Load/store exclusive, load-acquire, store-release. */
export const isExclusive = (word: number): boolean => (word & 0x3f000000) === 0x08000000;
/** Atomic memory operations, CAS and CASP, LDAPR. */
export const isAtomic = (word: number): boolean =>
  (word & 0x3f200c00) === 0x38200000 || (word & 0x3fa07c00) === 0x08a07c00 || (word & 0xbfa07c00) >>> 0 === 0x08207c00;
/** LDAPR and its byte and halfword forms. */
export const isLoadAcquirePc = (word: number): boolean => (word & 0x3ffffc00) === 0x38bfc000;
/** STXR, STLXR, STXP, STLXP and their kin. */
export const isStoreExclusive = (word: number): boolean =>
  (word & 0x3fc00000) === 0x08000000 || (word & 0x3fe00000) === 0x08200000;
/** LDXR, LDAXR, LDXP, LDAXP and their kin. */
export const isLoadExclusive = (word: number): boolean => (word & 0x3fc00000) === 0x08400000;
/** Load/store register pair, all four modes. */
export const isPair = (word: number): boolean => (word & 0x3a000000) === 0x28000000;
/** Unconditional branch (register). */
export const isBranchRegister = (word: number): boolean => (word & 0xfe000000) >>> 0 === 0xd6000000;
/** SYS, SYSL, MSR (register), MRS. */
export const isSystem = (word: number): boolean =>
  (word & 0xffc00000) >>> 0 === 0xd5000000 && (word & 0x00180000) !== 0;
/** MSR (immediate). */
export const isMoveToPstate = (word: number): boolean => (word & 0xfff8f01f) >>> 0 === 0xd500401f;
/** Position of the immediate of a direct branch, in words from it; undefined for all else. */
export function pcRelativeImmediate(word: number): { readonly shift: number; readonly width: number } | undefined {
  if ((word & 0x7c000000) === 0x14000000) return { shift: 0, width: 26 };
  if ((word & 0xff000010) === 0x54000000 || (word & 0x7e000000) === 0x34000000) return { shift: 5, width: 19 };
  return (word & 0x7e000000) === 0x36000000 ? { shift: 5, width: 14 } : undefined;
}

/** Target of a direct branch at an address, undefined for all other words. */
export function branchTargetOf(word: number, from: number): number | undefined {
  const immediate = pcRelativeImmediate(word);
  if (immediate === undefined) return undefined;
  const { shift, width } = immediate;
  return from + ((word << (32 - width - shift)) >> (32 - width)) * 4;
}

/** SMULH and UMULH. */
const isMultiplyHigh = (word: number): boolean => (word & 0xff608000) >>> 0 === 0x9b400000;

/** Words whose (1) bits are not all ones: CONSTRAINED UNPREDICTABLE, a decoder may refuse or ignore them. */
export function reservedOnesClear(word: number): boolean {
  if (isMultiplyHigh(word)) return (word & 0x7c00) !== 0x7c00;
  if (!isExclusive(word)) return false;
  const pair = (word & 0x00a00000) === 0x00200000;
  return (!pair && (word & 0x7c00) !== 0x7c00) || (!isStoreExclusive(word) && (word & 0x1f0000) !== 0x1f0000);
}
