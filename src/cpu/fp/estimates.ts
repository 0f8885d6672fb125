/** Reciprocal and reciprocal square root estimates (DDI 0487, "FPRecipEstimate", "FPRSqrtEstimate", "FPRecpX"). */

import type { Format } from './format.ts';
import { processNaN } from './nan.ts';
import { setInfinity, setInvalid, setResult, setZero } from './result.ts';
import { round } from './round.ts';
import { roundingMode } from './rounding.ts';
import { DZC, FINITE_ZERO, type FpUnit, INFINITY } from './unit.ts';
import { unpack } from './unpack.ts';

/** RecipEstimate(): 256 to 511, as a fraction of 512, to the 9 bits of its reciprocal, 256 to 511. */
function recipEstimate(a: number): number {
  return (Math.floor(0x8_0000 / (2 * a + 1)) + 1) >>> 1;
}

/** RecipSqrtEstimate(): 128 to 511, as a fraction of 512, to the 9 bits of its reciprocal square root, 256 to 511. */
function recipSqrtEstimate(a: number): number {
  const scaled = a < 256 ? 2 * a + 1 : 2 * (a | 1);
  let b = 512;
  while (scaled * (b + 1) * (b + 1) < 2 ** 28) b++;
  return (b + 1) >>> 1;
}

/**
 * The result estimate / 256 * 2^exponent. Every format holds it exactly unless it overflows or is flushed to zero, for
 * which the manual demands what rounding does.
 */
function setEstimate(fp: FpUnit, format: Format, sign: number, exponent: number, estimate: number): void {
  round(fp, format, roundingMode(fp), sign, exponent, (estimate << 23) >>> 0, 0, 0);
}

function divideByZero(fp: FpUnit, format: Format, sign: number): void {
  fp.fpsr |= DZC;
  setInfinity(fp, format, sign);
}

/** FPRecipEstimate(): 1 / operand to 8 bits. */
export function reciprocalEstimate(fp: FpUnit, format: Format, hi: number, lo: number): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  if (a.isNaN()) processNaN(fp, format, a.type, hi, lo);
  else if (a.type === INFINITY) setZero(fp, format, a.sign);
  else if (a.type === FINITE_ZERO) divideByZero(fp, format, a.sign);
  else setEstimate(fp, format, a.sign, -1 - a.exponent, recipEstimate(a.hi >>> 23));
}

/** FPRSqrtEstimate(): 1 / square root of the operand to 8 bits. */
export function rsqrtEstimate(fp: FpUnit, format: Format, hi: number, lo: number): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  if (a.isNaN()) processNaN(fp, format, a.type, hi, lo);
  else if (a.type === FINITE_ZERO) divideByZero(fp, format, a.sign);
  else if (a.sign === 1) setInvalid(fp, format);
  else if (a.type === INFINITY) setZero(fp, format, 0);
  else {
    const estimate = recipSqrtEstimate((a.exponent & 1) === 0 ? a.hi >>> 24 : a.hi >>> 23);
    setEstimate(fp, format, 0, (-1 - a.exponent) >> 1, estimate);
  }
}

/** FPRecpX(): the power of two whose exponent field is the complement of the operand's; its fraction is zero. */
export function reciprocalExponent(fp: FpUnit, format: Format, hi: number, lo: number): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  if (a.isNaN()) {
    processNaN(fp, format, a.type, hi, lo);
    return;
  }
  const exponent = ((format.wide ? hi : lo) >>> format.topFraction) & format.exponentMask;
  const result = exponent === 0 ? format.exponentMask - 1 : format.exponentMask - exponent;
  setResult(fp, format, (a.sign << format.signBit) | (result << format.topFraction), 0);
}

/** UnsignedRecipEstimate(): `operand` is a fraction of 2^32; below one half the result, uint32, is all ones. */
export function unsignedReciprocalEstimate(operand: number): number {
  return operand >>> 31 === 0 ? 0xffff_ffff : (recipEstimate(operand >>> 23) << 23) >>> 0;
}

/** UnsignedRSqrtEstimate(): `operand` is a fraction of 2^32; below one quarter the result, uint32, is all ones. */
export function unsignedRsqrtEstimate(operand: number): number {
  return operand >>> 30 === 0 ? 0xffff_ffff : (recipSqrtEstimate(operand >>> 23) << 23) >>> 0;
}
