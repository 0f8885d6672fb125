/** Multiplication (DDI 0487, "FPMul", "FPMulX"). */

import type { Format } from './format.ts';
import { unpackNumbers } from './nan.ts';
import { setInfinity, setInvalid, setTwo, setZero } from './result.ts';
import { round } from './round.ts';
import { roundingMode } from './rounding.ts';
import { FINITE_ZERO, type FpUnit, INFINITY } from './unit.ts';

function multiplyBase(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
  extended: boolean,
): void {
  const { a, b, x } = fp;
  if (!unpackNumbers(fp, format, aHi, aLo, bHi, bLo)) return;
  const sign = a.sign ^ b.sign;
  const infinite = a.type === INFINITY || b.type === INFINITY;
  const zero = a.type === FINITE_ZERO || b.type === FINITE_ZERO;
  if (infinite && zero) {
    if (extended) setTwo(fp, format, sign);
    else setInvalid(fp, format);
  } else if (infinite) setInfinity(fp, format, sign);
  else if (zero) setZero(fp, format, sign);
  else {
    x.setProduct(a.hi, a.lo, b.hi, b.lo);
    const exponent = a.exponent + b.exponent + 1 - x.normalize();
    round(fp, format, roundingMode(fp), sign, exponent, x.w3, x.w2, x.w1 | x.w0);
  }
}

/** FPMul(): a * b. */
export function multiply(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  multiplyBase(fp, format, aHi, aLo, bHi, bLo, false);
}

/** FPMulX(): a * b, where zero times infinity is 2. */
export function multiplyExtended(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  multiplyBase(fp, format, aHi, aLo, bHi, bLo, true);
}
