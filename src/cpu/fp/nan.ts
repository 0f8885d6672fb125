/** Which NaN an operation with NaN operands returns (DDI 0487, "FPProcessNaN", "FPProcessNaNs", "FPProcessNaNs3"). */

import type { Format } from './format.ts';
import { setDefaultNaN, setResult } from './result.ts';
import { DN, type FpUnit, IOC, QNAN, SNAN } from './unit.ts';
import { unpackPair } from './unpack.ts';

/** FPProcessNaN(): the result for an operand of type `type`, a NaN whose bits are given. */
export function processNaN(fp: FpUnit, format: Format, type: number, hi: number, lo: number): void {
  if (type === SNAN) fp.fpsr |= IOC;
  if ((fp.fpcr & DN) !== 0) setDefaultNaN(fp, format);
  else setResult(fp, format, (format.wide ? hi : lo) | (1 << (format.topFraction - 1)), lo);
}

/** FPProcessNaNs() on the unpacked `fp.a` and `fp.b` with their bits: whether there was a NaN, now the result. */
function processNaNs(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  const a = fp.a.type;
  const b = fp.b.type;
  if (a < QNAN && b < QNAN) return false;
  if (a === SNAN || (b !== SNAN && a === QNAN)) processNaN(fp, format, a, aHi, aLo);
  else processNaN(fp, format, b, bHi, bLo);
  return true;
}

/**
 * FPUnpack() of two operands into `fp.a` and `fp.b`, then FPProcessNaNs(): true when neither is a NaN; else the result is
 * set.
 */
export function unpackNumbers(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  unpackPair(fp, format, aHi, aLo, bHi, bLo);
  return !processNaNs(fp, format, aHi, aLo, bHi, bLo);
}

/** FPProcessNaNs3() on `fp.c` (the addend, which comes first), `fp.a` and `fp.b`. */
export function processNaNs3(
  fp: FpUnit,
  format: Format,
  cHi: number,
  cLo: number,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
): boolean {
  const c = fp.c.type;
  const others = fp.a.type === SNAN || fp.b.type === SNAN;
  if (c === SNAN || (c === QNAN && !others)) {
    processNaN(fp, format, c, cHi, cLo);
    return true;
  }
  return processNaNs(fp, format, aHi, aLo, bHi, bLo);
}
