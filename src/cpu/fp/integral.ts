/** Rounding to an integral value of the same format (DDI 0487, "FPRoundInt"). */

import type { Format } from './format.ts';
import { processNaN } from './nan.ts';
import { setInfinity, setResult, setZero } from './result.ts';
import { roundInteger } from './round.ts';
import { dropBits, EXACT, type Rounding, roundsUp, ZERO } from './rounding.ts';
import { FINITE_ZERO, type FpUnit, INFINITY, IXC } from './unit.ts';
import { unpack } from './unpack.ts';

/**
 * FPRoundInt(): `hi:lo` rounded to an integral value. FRINTX and FRINTI round by FPCR (`roundingMode`).
 * @param exact whether a value that was not integral sets IXC (FRINTX)
 */
export function roundToIntegral(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  exact: boolean,
  hi: number,
  lo: number,
): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  if (a.isNaN()) processNaN(fp, format, a.type, hi, lo);
  else if (a.type === INFINITY) setInfinity(fp, format, a.sign);
  else if (a.type === FINITE_ZERO) setZero(fp, format, a.sign);
  else if (a.exponent >= format.fraction) setResult(fp, format, format.wide ? hi : lo, lo);
  else {
    dropBits(fp, a.hi, a.lo, 0, 63 - a.exponent);
    if (exact && fp.error !== EXACT) fp.fpsr |= IXC;
    const up = roundsUp(fp, rounding, a.sign) ? 1 : 0;
    const integer = fp.integerHi * 0x1_0000_0000 + fp.integerLo + up;
    const integerHi = Math.floor(integer / 0x1_0000_0000);
    roundInteger(fp, format, ZERO, a.sign, integerHi, integer >>> 0, 0);
  }
}
