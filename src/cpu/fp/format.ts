/** The binary floating-point formats and their bit layouts (DDI 0487, "Floating-point data types"). */

/**
 * A format. A value is passed as two uint32 (hi, lo): double precision fills both, the narrower formats are in lo, with
 * hi = 0. The top word is the one that holds the sign: hi in double precision, else lo.
 */
export interface Format {
  /** Two words, the top one in hi. */
  readonly wide: boolean;
  /** Fraction bits of the whole format, the manual's F. */
  readonly fraction: number;
  /** 2^F, the leading bit of a normal significand. */
  readonly leadingBit: number;
  /** Fraction bits of the top word, which are also the position of the exponent field. */
  readonly topFraction: number;
  /** The exponent field of all ones. */
  readonly exponentMask: number;
  /** Position of the sign in the top word. */
  readonly signBit: number;
  /** Exponent of the smallest normal number. */
  readonly minimumExponent: number;
  /** Whether FPCR.FZ applies: not to half precision. */
  readonly flushes: boolean;
}

function format(fraction: number, exponentBits: number): Format {
  const width = 1 + exponentBits + fraction;
  const wide = width > 32;
  return {
    wide,
    fraction,
    leadingBit: 2 ** fraction,
    topFraction: wide ? fraction - 32 : fraction,
    exponentMask: 2 ** exponentBits - 1,
    signBit: wide ? width - 33 : width - 1,
    minimumExponent: 2 - 2 ** (exponentBits - 1),
    flushes: width > 16,
  };
}

/** Half precision; IEEE unless a conversion sees FPCR.AHP. Without FEAT_FP16 only conversions know it. */
export const F16 = format(10, 5);
/** Single precision. */
export const F32 = format(23, 8);
/** Double precision. */
export const F64 = format(52, 11);
