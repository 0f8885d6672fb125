/** An independent slow model of shared/functions/float of the manual: exact rationals, rounded as its text says. */

/** A rational number; the denominator is positive. */
export interface Real {
  readonly n: bigint;
  readonly d: bigint;
}
export type Width = 16 | 32 | 64;
export type RoundingName = 'TIEEVEN' | 'POSINF' | 'NEGINF' | 'ZERO' | 'TIEAWAY' | 'ODD';
type Type = 'Zero' | 'Nonzero' | 'Infinity' | 'QNaN' | 'SNaN';
type Exception = 'IOC' | 'DZC' | 'OFC' | 'UFC' | 'IXC' | 'IDC';

export interface Unpacked {
  readonly type: Type;
  readonly sign: bigint;
  readonly value: Real;
}

const FLAG_BITS: Record<Exception, number> = { IOC: 0, DZC: 1, OFC: 2, UFC: 3, IXC: 4, IDC: 7 };
/** E and F of the manual. */
const LAYOUT: Record<Width, readonly [E: bigint, F: bigint]> = { 16: [5n, 10n], 32: [8n, 23n], 64: [11n, 52n] };

export const real = (n: bigint, d = 1n): Real => ({ n, d });
/** value * 2^power, of any sign. */
export const scaled = ({ n, d }: Real, power: bigint): Real =>
  power >= 0n ? real(n << power, d) : real(n, d << -power);
export const plus = (a: Real, b: Real): Real => real(a.n * b.d + b.n * a.d, a.d * b.d);
export const times = (a: Real, b: Real): Real => real(a.n * b.n, a.d * b.d);
export const negated = ({ n, d }: Real): Real => real(-n, d);
export const roundDown = ({ n, d }: Real): bigint => (n >= 0n ? n / d : -((-n + d - 1n) / d));
export const sense = (a: Real, b: Real): bigint => a.n * b.d - b.n * a.d;

const bitLength = (value: bigint): bigint => BigInt(value.toString(2).length);

/** Exponent of a positive value: 2^e <= value < 2^(e + 1). */
export function exponentOf(value: Real): bigint {
  const guess = bitLength(value.n) - bitLength(value.d);
  return sense(value, scaled(real(1n), guess)) < 0n ? guess - 1n : guess;
}

/** FPCR, FPSR and the functions that use them. */
export class Model {
  fpsr = 0;

  constructor(readonly fpcr: number) {}

  get ahp(): boolean {
    return (this.fpcr & (1 << 26)) !== 0;
  }
  get dn(): boolean {
    return (this.fpcr & (1 << 25)) !== 0;
  }
  get fz(): boolean {
    return (this.fpcr & (1 << 24)) !== 0;
  }
  get rounding(): RoundingName {
    return (['TIEEVEN', 'POSINF', 'NEGINF', 'ZERO'] as const)[(this.fpcr >>> 22) & 3];
  }

  raise(exception: Exception): void {
    this.fpsr |= 1 << FLAG_BITS[exception];
  }

  zero(N: Width, sign: bigint): bigint {
    return sign << BigInt(N - 1);
  }
  infinity(N: Width, sign: bigint): bigint {
    const [E, F] = LAYOUT[N];
    return this.zero(N, sign) | (((1n << E) - 1n) << F);
  }
  maxNormal(N: Width, sign: bigint): bigint {
    return this.infinity(N, sign) - 1n;
  }
  defaultNaN(N: Width): bigint {
    return this.infinity(N, 0n) | (1n << (LAYOUT[N][1] - 1n));
  }

  unpack(N: Width, bits: bigint, alternative = false): Unpacked {
    const [E, F] = LAYOUT[N];
    const sign = bits >> BigInt(N - 1);
    const exponent = (bits >> F) & ((1n << E) - 1n);
    const fraction = bits & ((1n << F) - 1n);
    const signed = (n: bigint, power: bigint): Unpacked => ({
      type: 'Nonzero',
      sign,
      value: scaled(real(sign === 1n ? -n : n), power),
    });
    const minimum = 2n - (1n << (E - 1n));
    const special = (type: Type): Unpacked => ({ type, sign, value: real(0n) });
    if (exponent === 0n) {
      if (fraction === 0n) return special('Zero');
      if (this.fz && N !== 16) {
        this.raise('IDC');
        return special('Zero');
      }
      return signed(fraction, minimum - F);
    }
    if (exponent === (1n << E) - 1n && !alternative) {
      if (fraction === 0n) return special('Infinity');
      return special(fraction >> (F - 1n) === 1n ? 'QNaN' : 'SNaN');
    }
    return signed(fraction + (1n << F), exponent - 1n + minimum - F);
  }

  round(N: Width, value: Real, rounding: RoundingName, alternative = false): bigint {
    const [E, F] = LAYOUT[N];
    const minimum = 2n - (1n << (E - 1n));
    const sign = value.n < 0n ? 1n : 0n;
    const magnitude = sign === 1n ? negated(value) : value;
    const exponent = exponentOf(magnitude);
    if (this.fz && N !== 16 && exponent < minimum) {
      this.raise('UFC');
      return this.zero(N, sign);
    }
    let biased = exponent - minimum + 1n;
    if (biased < 0n) biased = 0n;
    const mantissa = scaled(magnitude, F - (biased === 0n ? minimum : exponent));
    let integer = roundDown(mantissa);
    const error = plus(mantissa, real(-integer));
    const inexact = error.n !== 0n;
    const half = sense(error, real(1n, 2n));
    if (biased === 0n && inexact) this.raise('UFC');
    let up = false;
    let overflowToInfinity = false;
    if (rounding === 'TIEEVEN') {
      up = half > 0n || (half === 0n && integer % 2n === 1n);
      overflowToInfinity = true;
    } else if (rounding === 'POSINF') {
      up = inexact && sign === 0n;
      overflowToInfinity = sign === 0n;
    } else if (rounding === 'NEGINF') {
      up = inexact && sign === 1n;
      overflowToInfinity = sign === 1n;
    }
    if (up) {
      integer++;
      if (integer === 1n << F) biased = 1n;
      if (integer === 1n << (F + 1n)) {
        biased++;
        integer /= 2n;
      }
    }
    if (inexact && rounding === 'ODD') integer |= 1n;
    if (alternative) {
      if (biased >= 1n << E) {
        this.raise('IOC');
        return this.zero(N, sign) | ((1n << BigInt(N - 1)) - 1n);
      }
    } else if (biased >= (1n << E) - 1n) {
      this.raise('OFC');
      this.raise('IXC');
      return overflowToInfinity ? this.infinity(N, sign) : this.maxNormal(N, sign);
    }
    if (inexact) this.raise('IXC');
    return this.zero(N, sign) | (biased << F) | (integer & ((1n << F) - 1n));
  }

  /** FPRound() of a value that may be zero: an exact zero is negative only when rounding to minus infinity. */
  roundOrZero(N: Width, value: Real): bigint {
    if (value.n === 0n) return this.zero(N, this.rounding === 'NEGINF' ? 1n : 0n);
    return this.round(N, value, this.rounding);
  }

  invalid(N: Width): bigint {
    this.raise('IOC');
    return this.defaultNaN(N);
  }

  processNaN(N: Width, type: Type, bits: bigint): bigint {
    if (type === 'SNaN') this.raise('IOC');
    return this.dn ? this.defaultNaN(N) : bits | (1n << (LAYOUT[N][1] - 1n));
  }

  /** FPProcessNaNs() and FPProcessNaNs3(): the first signaling NaN, else the first quiet one. */
  processNaNs(N: Width, operands: readonly (readonly [Unpacked, bigint])[]): bigint | undefined {
    for (const wanted of ['SNaN', 'QNaN'] as const) {
      const found = operands.find(([{ type }]) => type === wanted);
      if (found) return this.processNaN(N, wanted, found[1]);
    }
    return undefined;
  }
}
