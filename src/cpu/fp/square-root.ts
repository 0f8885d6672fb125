/** Square root (DDI 0487, "FPSqrt"). */

import type { Format } from './format.ts';
import { processNaN } from './nan.ts';
import { setInfinity, setInvalid, setZero } from './result.ts';
import { round } from './round.ts';
import { roundingMode } from './rounding.ts';
import { FINITE_ZERO, type FpUnit, INFINITY } from './unit.ts';
import { unpack } from './unpack.ts';

const BORROW = 0x1_0000_0000;

/**
 * Root of nonzero finite positive `fp.a`, one bit a step. Root q and remainder r are 64-bit fixed-point numbers with 60
 * bits of fraction: with the radicand m in [1, 4), r = (m - q^2) * 2^steps, always below 4.
 */
function rootOfFinite(fp: FpUnit, format: Format): void {
  const { hi, lo, exponent } = fp.a;
  const down = (exponent & 1) === 0 ? 3 : 2;
  let rHi = (hi >>> down) - 0x1000_0000;
  let rLo = ((hi << (32 - down)) | (lo >>> down)) >>> 0;
  let qHi = 0x1000_0000;
  let qLo = 0;
  // One bit more than the significand decides ties; the remainder is the rest.
  for (let bit = 59; bit >= 59 - format.fraction; bit--) {
    rHi = (rHi << 1) | (rLo >>> 31);
    rLo = (rLo << 1) >>> 0;
    const bitHi = bit >= 32 ? 1 << (bit - 32) : 0;
    const bitLo = bit >= 32 ? 0 : (1 << bit) >>> 0;
    // 2q + bit: `bit` is below every bit of 2q.
    const tHi = (qHi << 1) | (qLo >>> 31) | bitHi;
    const tLo = ((qLo << 1) | bitLo) >>> 0;
    if (rHi > tHi || (rHi === tHi && rLo >= tLo)) {
      rHi = rHi - tHi - (rLo < tLo ? 1 : 0);
      rLo = rLo < tLo ? rLo - tLo + BORROW : rLo - tLo;
      qHi |= bitHi;
      qLo = (qLo | bitLo) >>> 0;
    }
  }
  const rootHi = ((qHi << 3) | (qLo >>> 29)) >>> 0;
  round(fp, format, roundingMode(fp), 0, exponent >> 1, rootHi, (qLo << 3) >>> 0, rHi | rLo);
}

/** FPSqrt(): square root. */
export function squareRoot(fp: FpUnit, format: Format, hi: number, lo: number): void {
  const { a } = fp;
  unpack(fp, format, hi, lo, a);
  if (a.isNaN()) processNaN(fp, format, a.type, hi, lo);
  else if (a.type === FINITE_ZERO) setZero(fp, format, a.sign);
  else if (a.sign === 1) setInvalid(fp, format);
  else if (a.type === INFINITY) setInfinity(fp, format, 0);
  else rootOfFinite(fp, format);
}
