/** Conversion to and from fixed point and integers (DDI 0487, "FPToFixed", "FixedToFP"). */

import type { Format } from './format.ts';
import { roundInteger } from './round.ts';
import { dropBits, EXACT, type Rounding, roundsUp } from './rounding.ts';
import { FINITE_ZERO, type FpUnit, INFINITY, IOC, IXC } from './unit.ts';
import { unpack } from './unpack.ts';

/** Bits of a fixed-point number; 16 exists in AArch32 only. */
export type FixedWidth = 16 | 32 | 64;

/** The sign bit in the word that holds it. */
const signBit = (width: FixedWidth): number => (width === 16 ? 0x8000 : 0x8000_0000);
/** High word of -(hi:lo). */
const negatedHigh = (hi: number, lo: number): number => (~hi + (lo === 0 ? 1 : 0)) >>> 0;

/** SatQ(): the result is the integer nearest to one that does not fit, and the operation Invalid. */
function saturate(fp: FpUnit, width: FixedWidth, unsigned: boolean, sign: number): void {
  fp.fpsr |= IOC;
  let top = sign === 1 ? 0 : 2 * signBit(width) - 1;
  if (!unsigned) top = sign === 1 ? signBit(width) : signBit(width) - 1;
  fp.hi = width === 64 ? top : 0;
  fp.lo = width === 64 ? (sign === 1 ? 0 : 0xffff_ffff) : top;
}

/** Whether the magnitude `hi:lo` with a sign is beyond the numbers of a type. */
function isOutside(width: FixedWidth, unsigned: boolean, sign: number, hi: number, lo: number): boolean {
  if (unsigned && sign === 1) return (hi | lo) !== 0;
  if (width !== 64 && hi !== 0) return true;
  const top = width === 64 ? hi : lo;
  const limit = unsigned ? 2 * signBit(width) : signBit(width);
  // The most negative number is the limit itself.
  return sign === 1 ? top > limit || (top === limit && width === 64 && lo !== 0) : top >= limit;
}

/**
 * FPToFixed(): `hi:lo` * 2^fbits as an integer of `width` bits, saturated; NaN gives zero.
 * The result has its upper bits zero when `width` is below 64.
 */
export function toFixed(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  width: FixedWidth,
  unsigned: boolean,
  fbits: number,
  hi: number,
  lo: number,
): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  fp.hi = 0;
  fp.lo = 0;
  if (a.isNaN()) fp.fpsr |= IOC;
  if (a.isNaN() || a.type === FINITE_ZERO) return;
  const drop = 63 - a.exponent - fbits;
  if (a.type === INFINITY || drop < 0) {
    saturate(fp, width, unsigned, a.sign);
    return;
  }
  dropBits(fp, a.hi, a.lo, 0, drop);
  const increment = roundsUp(fp, rounding, a.sign) ? 1 : 0;
  const magnitudeLo = (fp.integerLo + increment) >>> 0;
  const magnitudeHi = fp.integerHi + (increment > magnitudeLo ? 1 : 0);
  if (isOutside(width, unsigned, a.sign, magnitudeHi, magnitudeLo)) {
    saturate(fp, width, unsigned, a.sign);
    return;
  }
  if (fp.error !== EXACT) fp.fpsr |= IXC;
  setSigned(fp, width, a.sign, magnitudeHi, magnitudeLo);
}

/** Sets the result to a magnitude with a sign, as two's complement of `width` bits. */
function setSigned(fp: FpUnit, width: FixedWidth, sign: number, hi: number, lo: number): void {
  const low = sign === 1 ? -lo >>> 0 : lo;
  const high = sign === 1 ? negatedHigh(hi, lo) : hi;
  fp.hi = width === 64 ? high : 0;
  fp.lo = width === 16 ? low & 0xffff : low;
}

/** FixedToFP(): the 64-bit integer `hi:lo` / 2^fbits; a narrower operand comes sign- or zero-extended. */
export function fromFixed(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  unsigned: boolean,
  fbits: number,
  hi: number,
  lo: number,
): void {
  const sign = unsigned ? 0 : hi >>> 31;
  const magnitudeLo = sign === 1 ? -lo >>> 0 : lo;
  const magnitudeHi = sign === 1 ? negatedHigh(hi, lo) : hi;
  roundInteger(fp, format, rounding, sign, magnitudeHi, magnitudeLo, fbits);
}
