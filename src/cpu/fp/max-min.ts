/** Maximum and minimum (DDI 0487, "FPMax", "FPMin", "FPMaxNum", "FPMinNum"). */

import { order } from './compare.ts';
import type { Format } from './format.ts';
import { processNaN, unpackNumbers } from './nan.ts';
import { setResult, setZero } from './result.ts';
import { FINITE_ZERO, type FpUnit, type Operand, QNAN, SNAN } from './unit.ts';
import { unpackPair } from './unpack.ts';

/** The result is an operand, given unpacked and as bits; a zero, which may be a flushed denormal, takes `zeroSign`. */
function choose(fp: FpUnit, format: Format, operand: Operand, zeroSign: number, hi: number, lo: number): void {
  if (operand.type === FINITE_ZERO) setZero(fp, format, zeroSign);
  else setResult(fp, format, format.wide ? hi : lo, lo);
}

/** `sense`: 1 for the maximum, -1 for the minimum. */
function extreme(fp: FpUnit, format: Format, sense: number, aHi: number, aLo: number, bHi: number, bLo: number): void {
  const { a, b } = fp;
  if (!unpackNumbers(fp, format, aHi, aLo, bHi, bLo)) return;
  const zeroSign = sense === 1 ? a.sign & b.sign : a.sign | b.sign;
  if (order(a, b) * sense > 0) choose(fp, format, a, zeroSign, aHi, aLo);
  else choose(fp, format, b, zeroSign, bHi, bLo);
}

/** As `extreme`, but one quiet NaN is the infinity that never wins: the other operand is the result. */
function extremeNumber(
  fp: FpUnit,
  format: Format,
  sense: number,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
): void {
  const { a, b } = fp;
  unpackPair(fp, format, aHi, aLo, bHi, bLo);
  if ((a.type === QNAN) === (b.type === QNAN)) {
    extreme(fp, format, sense, aHi, aLo, bHi, bLo);
    return;
  }
  const other = a.type === QNAN ? b : a;
  const hi = other === a ? aHi : bHi;
  const lo = other === a ? aLo : bLo;
  if (other.type === SNAN) processNaN(fp, format, SNAN, hi, lo);
  else choose(fp, format, other, other.sign, hi, lo);
}

/** FPMax(). */
export function maximum(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  extreme(fp, format, 1, aHi, aLo, bHi, bLo);
}

/** FPMin(). */
export function minimum(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  extreme(fp, format, -1, aHi, aLo, bHi, bLo);
}

/** FPMaxNum(). */
export function maximumNumber(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  extremeNumber(fp, format, 1, aHi, aLo, bHi, bLo);
}

/** FPMinNum(). */
export function minimumNumber(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  extremeNumber(fp, format, -1, aHi, aLo, bHi, bLo);
}
