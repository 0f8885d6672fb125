/** Fused multiply-add (DDI 0487, "FPMulAdd", "FPRecipStepFused", "FPRSqrtStepFused"): one rounding of the exact value. */

import type { Format } from './format.ts';
import { processNaNs3, unpackNumbers } from './nan.ts';
import { setInfinity, setInvalid, setOnePointFive, setTwo, setZero } from './result.ts';
import { roundingMode } from './rounding.ts';
import { roundSum } from './sum.ts';
import { FINITE_ZERO, type FpUnit, INFINITY, NONZERO, QNAN } from './unit.ts';
import { unpack, unpackPair } from './unpack.ts';

/** Rounds (c + a * b) * 2^scale of finite operands whose product has a given sign. */
function roundFused(fp: FpUnit, format: Format, productSign: number, scale: number): void {
  const { a, b, c, x, y } = fp;
  x.set(c.hi, c.lo, 0, 0);
  y.setProduct(a.hi, a.lo, b.hi, b.lo);
  roundSum(fp, format, roundingMode(fp), c.sign, c.exponent, productSign, a.exponent + b.exponent + 1, scale);
}

/** FPMulAdd(): addend + a * b, rounded once. The forms that negate do so to the operands, before. */
export function multiplyAdd(
  fp: FpUnit,
  format: Format,
  addendHi: number,
  addendLo: number,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
): void {
  const { a, b, c } = fp;
  unpack(fp, format, addendHi, addendLo, c);
  unpackPair(fp, format, aHi, aLo, bHi, bLo);
  const infinite = a.type === INFINITY || b.type === INFINITY;
  const zero = a.type === FINITE_ZERO || b.type === FINITE_ZERO;
  const sign = a.sign ^ b.sign;
  if (processNaNs3(fp, format, addendHi, addendLo, aHi, aLo, bHi, bLo)) {
    if (c.type === QNAN && infinite && zero) setInvalid(fp, format);
  } else if ((infinite && zero) || (infinite && c.type === INFINITY && c.sign !== sign)) setInvalid(fp, format);
  else if (infinite) setInfinity(fp, format, sign);
  else if (c.type === INFINITY) setInfinity(fp, format, c.sign);
  else if (zero && c.type === FINITE_ZERO && c.sign === sign) setZero(fp, format, sign);
  else roundFused(fp, format, sign, 0);
}

/** Unpacks -a and b: true when both are finite, else the result is set. */
function unpackStep(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
  setZeroTimesInfinity: (fp: FpUnit, format: Format) => void,
): boolean {
  const { a, b } = fp;
  const signMask = 1 << format.signBit;
  const minusHi = format.wide ? aHi ^ signMask : 0;
  const minusLo = format.wide ? aLo : aLo ^ signMask;
  if (!unpackNumbers(fp, format, minusHi, minusLo, bHi, bLo)) return false;
  if (a.type !== INFINITY && b.type !== INFINITY) return true;
  if (a.type === FINITE_ZERO || b.type === FINITE_ZERO) setZeroTimesInfinity(fp, format);
  else setInfinity(fp, format, a.sign ^ b.sign);
  return false;
}

/** The addend becomes 2 (`hi` 0x80000000) or 3 (0xc0000000). */
function setAddend(fp: FpUnit, hi: number): void {
  const { c } = fp;
  c.type = NONZERO;
  c.sign = 0;
  c.exponent = 1;
  c.hi = hi;
  c.lo = 0;
}

const setPositiveTwo = (fp: FpUnit, format: Format): void => setTwo(fp, format, 0);

/** FPRecipStepFused(): 2 - a * b. */
export function reciprocalStep(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  if (!unpackStep(fp, format, aHi, aLo, bHi, bLo, setPositiveTwo)) return;
  setAddend(fp, 0x8000_0000);
  roundFused(fp, format, fp.a.sign ^ fp.b.sign, 0);
}

/** FPRSqrtStepFused(): (3 - a * b) / 2. */
export function rsqrtStep(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  if (!unpackStep(fp, format, aHi, aLo, bHi, bLo, setOnePointFive)) return;
  setAddend(fp, 0xc000_0000);
  roundFused(fp, format, fp.a.sign ^ fp.b.sign, -1);
}
