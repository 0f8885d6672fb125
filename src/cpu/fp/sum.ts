/** Exact sums of two magnitudes, rounded once: the common part of addition and the fused operations. */

import type { Format } from './format.ts';
import { setZero } from './result.ts';
import { round } from './round.ts';
import { NEGINF, type Rounding } from './rounding.ts';
import type { FpUnit } from './unit.ts';

/** FPZero() of the sign that an exact zero sum has when its operands differ in sign. */
function setZeroSum(fp: FpUnit, format: Format, rounding: Rounding): void {
  setZero(fp, format, rounding === NEGINF ? 1 : 0);
}

/**
 * Rounds x + y into the result, where x = `fp.x` / 2^127 * 2^xExponent with a sign, y likewise; both are overwritten.
 * The sum is exact enough when each operand is a significand, with its first bit at bit 127, or a product of two, with
 * its first bit at bit 127 or 126: bits are lost only where no more than one leading bit can cancel.
 * @param scale added to the exponent of the sum before it is rounded
 */
export function roundSum(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  xSign: number,
  xExponent: number,
  ySign: number,
  yExponent: number,
  scale: number,
): void {
  const { x, y } = fp;
  let exponent = Math.max(xExponent, yExponent);
  x.shiftRightJam(exponent - xExponent);
  y.shiftRightJam(exponent - yExponent);
  let sum = x;
  let sign = xSign;
  if (xSign !== ySign) {
    if (x.isLessThan(y)) {
      y.subtract(x);
      sum = y;
      sign = ySign;
    } else x.subtract(y);
  } else if (x.add(y) === 1) {
    x.shiftRightJam(1);
    x.w3 = (x.w3 | 0x8000_0000) >>> 0;
    exponent++;
  }
  const shift = sum.normalize();
  if (shift === 128) setZeroSum(fp, format, rounding);
  else round(fp, format, rounding, sign, exponent - shift + scale, sum.w3, sum.w2, sum.w1 | sum.w0);
}
