/** Addition and subtraction (DDI 0487, "FPAdd", "FPSub"). */

import type { Format } from './format.ts';
import { unpackNumbers } from './nan.ts';
import { setInfinity, setInvalid, setZero } from './result.ts';
import { roundingMode } from './rounding.ts';
import { roundSum } from './sum.ts';
import { FINITE_ZERO, type FpUnit, INFINITY } from './unit.ts';

function addSigned(
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
  negateB: number,
): void {
  const { a, b } = fp;
  if (!unpackNumbers(fp, format, aHi, aLo, bHi, bLo)) return;
  const bSign = b.sign ^ negateB;
  if (a.type === INFINITY) {
    if (b.type === INFINITY && a.sign !== bSign) setInvalid(fp, format);
    else setInfinity(fp, format, a.sign);
  } else if (b.type === INFINITY) setInfinity(fp, format, bSign);
  else if (a.type === FINITE_ZERO && b.type === FINITE_ZERO && a.sign === bSign) setZero(fp, format, a.sign);
  else {
    fp.x.set(a.hi, a.lo, 0, 0);
    fp.y.set(b.hi, b.lo, 0, 0);
    roundSum(fp, format, roundingMode(fp), a.sign, a.exponent, bSign, b.exponent, 0);
  }
}

/** FPAdd(): a + b. */
export function add(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  addSigned(fp, format, aHi, aLo, bHi, bLo, 0);
}

/** FPSub(): a - b. */
export function subtract(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  addSigned(fp, format, aHi, aLo, bHi, bLo, 1);
}
