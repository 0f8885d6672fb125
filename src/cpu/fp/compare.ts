/** Comparison (DDI 0487, "FPCompare", "FPCompareEQ", "FPCompareGE", "FPCompareGT"). */

import type { Format } from './format.ts';
import { FINITE_ZERO, type FpUnit, IOC, type Operand, SNAN } from './unit.ts';
import { unpackPair } from './unpack.ts';

/** NZCV, N in bit 3. */
const NZCV_LESS = 0b1000;
const NZCV_EQUAL = 0b0110;
const NZCV_GREATER = 0b0010;
const NZCV_UNORDERED = 0b0011;

/** The order of two magnitudes: below, equal to or above 0. */
function orderMagnitudes(a: Operand, b: Operand): number {
  return a.exponent - b.exponent || a.hi - b.hi || a.lo - b.lo;
}

/** The order of two operands that are not NaN, infinities included: below, equal to or above 0. */
export function order(a: Operand, b: Operand): number {
  if (a.type === FINITE_ZERO && b.type === FINITE_ZERO) return 0;
  if (a.sign !== b.sign) return b.sign - a.sign;
  return a.sign === 1 ? orderMagnitudes(b, a) : orderMagnitudes(a, b);
}

/**
 * FPCompare(): returns NZCV, N in bit 3. `signalAll`: a quiet NaN is Invalid Operation as well (FCMPE); else only a
 * signaling one (FCMP, FCMEQ).
 */
export function compare(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
  signalAll: boolean,
): number {
  const { a, b } = fp;
  unpackPair(fp, format, aHi, aLo, bHi, bLo);
  if (a.isNaN() || b.isNaN()) {
    if (signalAll || a.type === SNAN || b.type === SNAN) fp.fpsr |= IOC;
    return NZCV_UNORDERED;
  }
  const sense = order(a, b);
  if (sense === 0) return NZCV_EQUAL;
  return sense < 0 ? NZCV_LESS : NZCV_GREATER;
}

/** FPCompareEQ(): a = b. */
export function compareEqual(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return compare(fp, format, aHi, aLo, bHi, bLo, false) === NZCV_EQUAL;
}

/** FPCompareGE(): a >= b. */
export function compareGreaterEqual(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
): boolean {
  const nzcv = compare(fp, format, aHi, aLo, bHi, bLo, true);
  return nzcv === NZCV_EQUAL || nzcv === NZCV_GREATER;
}

/** FPCompareGT(): a > b. */
export function compareGreater(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
): boolean {
  return compare(fp, format, aHi, aLo, bHi, bLo, true) === NZCV_GREATER;
}
