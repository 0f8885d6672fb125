/** Rounding modes, and the decision that they stand for. */

import type { FpUnit } from './unit.ts';

/** DDI 0487, "FPRounding"; 0 to 3 are encoded as FPCR.RMode. */
export const TIEEVEN = 0;
export const POSINF = 1;
export const NEGINF = 2;
export const ZERO = 3;
export const TIEAWAY = 4;
export const ODD = 5;
export type Rounding = typeof TIEEVEN | typeof POSINF | typeof NEGINF | typeof ZERO | typeof TIEAWAY | typeof ODD;

/** FPRoundingMode(): FPCR.RMode. */
export const roundingMode = (fp: FpUnit): Rounding => ((fp.fpcr >>> 22) & 3) as Rounding;

/** How the bits below an integer compare to half a unit. */
export const EXACT = 0;
const BELOW_HALF = 1;
const HALF = 2;
const ABOVE_HALF = 3;

/**
 * Splits the magnitude `hi:lo` / 2^drop into an integer (`fp.integerHi`, `fp.integerLo`) and its `fp.error`.
 * @param drop at least 0; the significand of a number near zero is dropped whole
 * @param sticky nonzero when the magnitude has further 1 bits below `lo`
 */
export function dropBits(fp: FpUnit, hi: number, lo: number, sticky: number, drop: number): void {
  let half = 0;
  let rest = sticky;
  if (drop === 0) {
    fp.integerHi = hi;
    fp.integerLo = lo;
  } else if (drop <= 32) {
    fp.integerHi = drop === 32 ? 0 : hi >>> drop;
    fp.integerLo = drop === 32 ? hi : ((hi << (32 - drop)) | (lo >>> drop)) >>> 0;
    half = (lo >>> (drop - 1)) & 1;
    rest |= lo & ((1 << (drop - 1)) - 1);
  } else {
    fp.integerHi = 0;
    fp.integerLo = drop >= 64 ? 0 : hi >>> (drop - 32);
    half = drop > 64 ? 0 : (hi >>> (drop - 33)) & 1;
    rest |= drop > 64 ? hi | lo : (hi & ((1 << (drop - 33)) - 1)) | lo;
  }
  fp.error = half === 0 ? (rest === 0 ? EXACT : BELOW_HALF) : rest === 0 ? HALF : ABOVE_HALF;
}

/** Whether the magnitude that `dropBits` left must grow by one; ODD sets bit 0 instead. */
export function roundsUp(fp: FpUnit, rounding: Rounding, sign: number): boolean {
  switch (rounding) {
    case TIEEVEN:
      return fp.error === ABOVE_HALF || (fp.error === HALF && (fp.integerLo & 1) === 1);
    case TIEAWAY:
      return fp.error >= HALF;
    case POSINF:
      return fp.error !== EXACT && sign === 0;
    case NEGINF:
      return fp.error !== EXACT && sign === 1;
    default:
      return false;
  }
}
