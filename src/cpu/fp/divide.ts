/** Division (DDI 0487, "FPDiv"). */

import type { Format } from './format.ts';
import { unpackNumbers } from './nan.ts';
import { setInfinity, setInvalid, setZero } from './result.ts';
import { round } from './round.ts';
import { roundingMode } from './rounding.ts';
import { DZC, FINITE_ZERO, type FpUnit, INFINITY, NONZERO, type Operand } from './unit.ts';

/** The significand as an integer of 53 bits; the bits below are zero in every format. */
const significand = ({ hi, lo }: Operand): number => hi * 0x20_0000 + (lo >>> 11);

/** Divides nonzero finite `fp.a` by `fp.b`, one quotient bit a step; all numbers are exact integers below 2^54. */
function divideFinite(fp: FpUnit, format: Format, sign: number): void {
  const { a, b } = fp;
  const divisor = significand(b);
  let remainder = significand(a);
  let exponent = a.exponent - b.exponent;
  if (remainder < divisor) {
    remainder *= 2;
    exponent--;
  }
  // Now 1 <= remainder / divisor < 2. One bit more than the significand decides ties; the remainder is the rest.
  let hi = 0;
  let lo = 0;
  for (let bit = 63; bit >= 62 - format.fraction; bit--) {
    if (remainder >= divisor) {
      remainder -= divisor;
      if (bit >= 32) hi |= 1 << (bit - 32);
      else lo |= 1 << bit;
    }
    remainder *= 2;
  }
  round(fp, format, roundingMode(fp), sign, exponent, hi >>> 0, lo >>> 0, remainder === 0 ? 0 : 1);
}

/** FPDiv(): a / b. */
export function divide(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  const { a, b } = fp;
  if (!unpackNumbers(fp, format, aHi, aLo, bHi, bLo)) return;
  const sign = a.sign ^ b.sign;
  if (a.type === b.type && a.type !== NONZERO) setInvalid(fp, format);
  else if (a.type === INFINITY) setInfinity(fp, format, sign);
  else if (b.type === FINITE_ZERO) {
    fp.fpsr |= DZC;
    setInfinity(fp, format, sign);
  } else if (a.type === FINITE_ZERO || b.type === INFINITY) setZero(fp, format, sign);
  else divideFinite(fp, format, sign);
}
