/** The floating-point unit: control and status of one operation, its result and its scratch registers. */

import { Uint128 } from './uint128.ts';

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

  isNaN(): boolean {
    return this.type >= QNAN;
  }
}

/**
 * What an operation takes beside its operands, and what it leaves. The caller sets `fpcr` (RMode, FZ, DN, AHP; AArch32
 * Advanced SIMD passes StandardFPSCRValue). Flags are ORed into `fpsr`. The result is `hi`, `lo`: uint32, `hi` = 0 unless
 * it has 64 bits. Trapped exceptions do not exist: the enables of FPCR are RAZ. The other fields are scratch.
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
