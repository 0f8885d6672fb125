/** The floating-point unit: control and status of one operation, its result and its scratch registers. */

import type { Format } from './format.ts';
import { Uint128 } from './uint128.ts';

/** Rounding modes; 0 to 3 are encoded as FPCR.RMode (DDI 0487, "FPRounding"). */
export const TIEEVEN = 0;
export const POSINF = 1;
export const NEGINF = 2;
export const ZERO = 3;
export const TIEAWAY = 4;
export const ODD = 5;
export type Rounding =
  | typeof TIEEVEN
  | typeof POSINF
  | typeof NEGINF
  | typeof ZERO
  | typeof TIEAWAY
  | typeof ODD;

/** Cumulative exception flags, bits of FPSR. */
export const IOC = 1 << 0;
export const DZC = 1 << 1;
export const OFC = 1 << 2;
export const UFC = 1 << 3;
export const IXC = 1 << 4;
export const IDC = 1 << 7;

/** Control bits of FPCR; AArch32's FPSCR has them at the same places. */
export const FZ = 1 << 24;
export const DN = 1 << 25;
export const AHP = 1 << 26;

/** What an operand is (DDI 0487, "FPType"). */
export const FINITE_ZERO = 0;
export const NONZERO = 1;
export const INFINITY = 2;
export const QNAN = 3;
export const SNAN = 4;

/**
 * An unpacked operand. Its magnitude is `hi:lo` / 2^63 * 2^exponent with bit 63 set; a zero has no bit set and an
 * exponent below, an infinity one above, every other. A NaN has only its type and sign.
 */
export class Operand {
  type: number = FINITE_ZERO;
  sign = 0;
  exponent = 0;
  hi = 0;
  lo = 0;
}

/**
 * Inputs beside the operands (`fpcr`), accumulated `fpsr` flags, and the result `hi`, `lo` (uint32; `hi` = 0 unless it
 * has 64 bits). Trapped exceptions do not exist: the enables of FPCR are RAZ. The other fields are scratch.
 */
export class FpUnit {
  fpcr = 0;
  fpsr = 0;
  hi = 0;
  lo = 0;

  readonly a = new Operand();
  readonly b = new Operand();
  readonly c = new Operand();
  readonly x = new Uint128();
  readonly y = new Uint128();
  /** What `dropBits` leaves: an integer, and how its error compares to half a unit. */
  integerHi = 0;
  integerLo = 0;
  error = 0;
}

/** FPRoundingMode(): FPCR.RMode. */
export const roundingMode = (fp: FpUnit): Rounding => ((fp.fpcr >>> 22) & 3) as Rounding;

/** Sets the result to a value given as the word that holds the sign, and the low word of binary64. */
export function setResult(fp: FpUnit, format: Format, top: number, low: number): void {
  fp.hi = format.wide ? top >>> 0 : 0;
  fp.lo = (format.wide ? low : top) >>> 0;
}

/** FPZero(). */
export function setZero(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, sign << format.signBit, 0);
}

/** FPInfinity(). */
export function setInfinity(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, (sign << format.signBit) | (format.exponentMask << format.topFraction), 0);
}

/** FPMaxNormal(). */
export function setMaxNormal(fp: FpUnit, format: Format, sign: number): void {
  setResult(fp, format, ((sign << format.signBit) | (format.exponentMask << format.topFraction)) - 1, 0xffff_ffff);
}

/** FPDefaultNaN(): positive, quiet, no payload. */
export function setDefaultNaN(fp: FpUnit, format: Format): void {
  setResult(fp, format, ((format.exponentMask << 1) | 1) << (format.topFraction - 1), 0);
}

/** An operation without a defined numeric result: FPDefaultNaN() and Invalid Operation. */
export function setInvalid(fp: FpUnit, format: Format): void {
  fp.fpsr |= IOC;
  setDefaultNaN(fp, format);
}
