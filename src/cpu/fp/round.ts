/** From an exact or sticky magnitude to the bits of a format (DDI 0487, "FPRound", "FPRoundCV"). */

import { F16, type Format } from './format.ts';
import { setAlternativeLimit, setInfinity, setMaxNormal, setResult, setZero } from './result.ts';
import { dropBits, EXACT, NEGINF, ODD, POSINF, type Rounding, roundsUp, TIEEVEN } from './rounding.ts';
import { AHP, type FpUnit, FZ, IXC, OFC, UFC } from './unit.ts';

const WORD = 0x1_0000_0000;

function overflow(fp: FpUnit, format: Format, rounding: Rounding, sign: number): void {
  fp.fpsr |= OFC | IXC;
  const toInfinity = rounding === TIEEVEN || (rounding === POSINF && sign === 0) || (rounding === NEGINF && sign === 1);
  if (toInfinity) setInfinity(fp, format, sign);
  else setMaxNormal(fp, format, sign);
}

/** `significand`: at most 2^(F+1); `base`: what the exponent field has before bit F of the significand is added. */
function pack(fp: FpUnit, format: Format, sign: number, base: number, significand: number): void {
  const high = format.wide ? Math.floor(significand / WORD) : significand;
  setResult(fp, format, (sign << format.signBit) | ((base << format.topFraction) + high), significand >>> 0);
}

function roundBase(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  sticky: number,
  alternative: boolean,
): void {
  const below = Math.max(format.minimumExponent - exponent, 0);
  if (below > 0 && format.flushes && (fp.fpcr & FZ) !== 0) {
    fp.fpsr |= UFC;
    setZero(fp, format, sign);
    return;
  }
  dropBits(fp, hi, lo, sticky, 63 - format.fraction + below);
  const exact = fp.error === EXACT;
  // Tininess is detected before rounding.
  if (below > 0 && !exact) fp.fpsr |= UFC;

  let significand = fp.integerHi * WORD + fp.integerLo;
  if (rounding === ODD) {
    if (!exact && (fp.integerLo & 1) === 0) significand++;
  } else if (roundsUp(fp, rounding, sign)) significand++;
  // The significand carries into the exponent: from denormal to normal, or to the next exponent.
  const base = below > 0 ? 0 : exponent - format.minimumExponent;
  const biased = base + Math.floor(significand / format.leadingBit);

  if (alternative) {
    if (biased > format.exponentMask) {
      setAlternativeLimit(fp, format, sign);
      return;
    }
  } else if (biased >= format.exponentMask) {
    overflow(fp, format, rounding, sign);
    return;
  }
  if (!exact) fp.fpsr |= IXC;
  pack(fp, format, sign, base, significand);
}

/**
 * FPRound(): rounds a nonzero value of magnitude `hi:lo` / 2^63 * 2^exponent into the result.
 * @param hi bit 31 is set
 * @param sticky nonzero when the magnitude has further 1 bits below `lo`
 */
export function round(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
  sticky: number,
): void {
  roundBase(fp, format, rounding, sign, exponent, hi, lo, sticky, false);
}

/** FPRoundCV(): as `round`, for conversions between formats, where half precision obeys FPCR.AHP. */
export function roundForConversion(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  sign: number,
  exponent: number,
  hi: number,
  lo: number,
): void {
  const alternative = format === F16 && (fp.fpcr & AHP) !== 0;
  roundBase(fp, format, rounding, sign, exponent, hi, lo, 0, alternative);
}

/** Rounds (-1)^sign * `hi:lo` / 2^fbits into the result; zero gives a zero of that sign. */
export function roundInteger(
  fp: FpUnit,
  format: Format,
  rounding: Rounding,
  sign: number,
  hi: number,
  lo: number,
  fbits: number,
): void {
  if ((hi | lo) === 0) {
    setZero(fp, format, sign);
    return;
  }
  const words = hi === 0 ? 32 : 0;
  const high = words === 0 ? hi : lo;
  const low = words === 0 ? lo : 0;
  const shift = Math.clz32(high);
  const top = shift === 0 ? high : (high << shift) | (low >>> (32 - shift));
  round(fp, format, rounding, sign, 63 - words - shift - fbits, top >>> 0, (low << shift) >>> 0, 0);
}
