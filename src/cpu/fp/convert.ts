/** Conversion between formats (DDI 0487, "FPConvert", "FPConvertNaN"). */

import { F16, type Format } from './format.ts';
import { setAlternativeLimit, setDefaultNaN, setInfinity, setResult, setZero } from './result.ts';
import { roundForConversion } from './round.ts';
import type { Rounding } from './rounding.ts';
import { AHP, DN, FINITE_ZERO, type FpUnit, INFINITY, IOC, SNAN } from './unit.ts';
import { unpackForConversion } from './unpack.ts';

/** FPConvertNaN(): sign and upper fraction bits stay, made quiet. */
function convertNaN(fp: FpUnit, to: Format, from: Format, sign: number, hi: number, lo: number): void {
  // The fraction, its first bit at bit 31 of two words.
  const up = 32 - from.topFraction;
  const low = from.wide ? lo : 0;
  const fractionHi = ((from.wide ? hi : lo) << up) | (low >>> (32 - up)) | 0x8000_0000;
  const fractionLo = (low << up) >>> 0;
  const down = 32 - to.topFraction;
  const top = (sign << to.signBit) | (to.exponentMask << to.topFraction) | (fractionHi >>> down);
  setResult(fp, to, top, (fractionHi << (32 - down)) | (fractionLo >>> down));
}

/**
 * FPConvert(): from one format to another of a different width. FCVT and FCVTN round by FPCR (`roundingMode`), FCVTXN
 * to odd. The alternative half precision of FPCR.AHP has neither infinities nor NaNs.
 */
export function convert(fp: FpUnit, to: Format, from: Format, rounding: Rounding, hi: number, lo: number): void {
  const { a } = fp;
  unpackForConversion(fp, from, hi, lo, a);
  const alternative = to === F16 && (fp.fpcr & AHP) !== 0;
  if (a.isNaN()) {
    if (a.type === SNAN || alternative) fp.fpsr |= IOC;
    if (alternative) setZero(fp, to, a.sign);
    else if ((fp.fpcr & DN) !== 0) setDefaultNaN(fp, to);
    else convertNaN(fp, to, from, a.sign, hi, lo);
  } else if (a.type === INFINITY) {
    if (alternative) setAlternativeLimit(fp, to, a.sign);
    else setInfinity(fp, to, a.sign);
  } else if (a.type === FINITE_ZERO) setZero(fp, to, a.sign);
  else roundForConversion(fp, to, rounding, a.sign, a.exponent, a.hi, a.lo);
}
