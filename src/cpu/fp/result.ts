/** The special results of floating-point operations. */

import type { Format } from './format.ts';
import { type FpUnit, IOC } from './unit.ts';

/** Sets the result from the top word, and the low word of double precision; int32 or uint32. */
export function setResult(fp: FpUnit, format: Format, top: number, low: number): void {
  fp.hi = format.wide ? top >>> 0 : 0;
  fp.lo = (format.wide ? low : top) >>> 0;
}

/** FPZero(). */
export function setZero(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, sign << format.signBit, 0);
}

/** FPInfinity(). */
export function setInfinity(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, (sign << format.signBit) | (format.exponentMask << format.topFraction), 0);
}

/** FPMaxNormal(). */
export function setMaxNormal(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, ((sign << format.signBit) | (format.exponentMask << format.topFraction)) - 1, 0xffff_ffff);
}

/** FPDefaultNaN(): positive, quiet, no payload. */
export function setDefaultNaN(fp: FpUnit, format: Format): void {
  setResult(fp, format, ((format.exponentMask << 1) | 1) << (format.topFraction - 1), 0);
}

/** An operation without a defined numeric result: FPDefaultNaN() and Invalid Operation. */
export function setInvalid(fp: FpUnit, format: Format): void {
  fp.fpsr |= IOC;
  setDefaultNaN(fp, format);
}

/** FPTwo(). */
export function setTwo(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, (sign << format.signBit) | ((1 - format.minimumExponent + 1) << format.topFraction), 0);
}

/** FPOnePointFive(), positive. */
export function setOnePointFive(fp: FpUnit, format: Format): void {
  setResult(fp, format, ((2 * (1 - format.minimumExponent) + 1) << format.topFraction) >> 1, 0);
}

/** Infinity and numbers too great for alternative half precision: its greatest number, and Invalid Operation. */
export function setAlternativeLimit(fp: FpUnit, format: Format, sign: number): void {
  fp.fpsr |= IOC;
  setResult(fp, format, (sign << format.signBit) | ((1 << format.signBit) - 1), 0);
}
