/** From the bits of a floating-point value to an operand (DDI 0487, "FPUnpack", "FPUnpackCV"). */

import type { Format } from './format.ts';
import { AHP, FINITE_ZERO, type FpUnit, FZ, IDC, INFINITY, NONZERO, type Operand, QNAN, SNAN } from './unit.ts';

/** Exponents that no sum or product of finite values reaches, so that comparing exponents is enough. */
const EXPONENT_OF_ZERO = -0x1_0000;
const EXPONENT_OF_INFINITY = 0x1_0000;

function setSpecial(into: Operand, type: number, exponent: number): void {
  into.type = type;
  into.exponent = exponent;
  into.hi = type === FINITE_ZERO ? 0 : 0x8000_0000;
  into.lo = 0;
}

function normalizeDenormal(into: Operand, fractionHi: number, fractionLo: number): void {
  const words = fractionHi === 0 ? 32 : 0;
  const hi = words === 0 ? fractionHi : fractionLo;
  const lo = words === 0 ? fractionLo : 0;
  const shift = Math.clz32(hi);
  into.hi = shift === 0 ? hi : ((hi << shift) | (lo >>> (32 - shift))) >>> 0;
  into.lo = (lo << shift) >>> 0;
  into.exponent -= words + shift;
}

/** Unpacks, reading an all-ones exponent as a number when `alternative` (FPCR.AHP in a half-precision conversion). */
function unpackBase(fp: FpUnit, format: Format, hi: number, lo: number, into: Operand, alternative: boolean): void {
  const top = format.wide ? hi : lo;
  const low = format.wide ? lo : 0;
  const up = 31 - format.topFraction;
  const exponent = (top >>> format.topFraction) & format.exponentMask;
  // The fraction, its first bit at bit 62.
  const fractionHi = ((top << up) & 0x7fff_ffff) | (low >>> (32 - up));
  const fractionLo = (low << up) >>> 0;
  const hasFraction = (fractionHi | fractionLo) !== 0;

  into.sign = (top >>> format.signBit) & 1;
  if (exponent === format.exponentMask && !alternative) {
    const quiet = (fractionHi & 0x4000_0000) !== 0 ? QNAN : SNAN;
    setSpecial(into, hasFraction ? quiet : INFINITY, EXPONENT_OF_INFINITY);
  } else if (exponent !== 0) {
    into.type = NONZERO;
    into.exponent = exponent + format.minimumExponent - 1;
    into.hi = (fractionHi | 0x8000_0000) >>> 0;
    into.lo = fractionLo;
  } else if (!hasFraction) {
    setSpecial(into, FINITE_ZERO, EXPONENT_OF_ZERO);
  } else if (format.flushes && (fp.fpcr & FZ) !== 0) {
    setSpecial(into, FINITE_ZERO, EXPONENT_OF_ZERO);
    fp.fpsr |= IDC;
  } else {
    into.type = NONZERO;
    into.exponent = format.minimumExponent;
    normalizeDenormal(into, fractionHi, fractionLo);
  }
}

/** FPUnpack(): half precision is IEEE whatever FPCR.AHP says. May set IDC. */
export function unpack(fp: FpUnit, format: Format, hi: number, lo: number, into: Operand): void {
  unpackBase(fp, format, hi, lo, into, false);
}

/** FPUnpack() of two operands into `fp.a` and `fp.b`. */
export function unpackPair(fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number): void {
  unpack(fp, format, aHi, aLo, fp.a);
  unpack(fp, format, bHi, bLo, fp.b);
}

/** FPUnpackCV(), for conversions between formats: half precision obeys FPCR.AHP. May set IDC. */
export function unpackForConversion(fp: FpUnit, format: Format, hi: number, lo: number, into: Operand): void {
  unpackBase(fp, format, hi, lo, into, !format.flushes && (fp.fpcr & AHP) !== 0);
}
