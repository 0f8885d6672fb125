/** The binary floating-point formats and their bit layouts (DDI 0487, "Floating-point data types"). */

/**
 * A format. A value is passed as two uint32 (hi, lo): binary64 fills both, the narrower formats have hi = 0. `shift`,
 * `fractionBits` and the like describe the word that holds the sign, which is `hi` only for binary64.
 */
export interface Format {
  /** Two words: the sign is in `hi`. */
  readonly wide: boolean;
  /** Fraction bits of the whole format, the manual's F. */
  readonly fraction: number;
  /** Fraction bits, exponent mask (not shifted) and sign bit number of the word that holds the sign. */
  readonly topFraction: number;
  readonly exponentMask: number;
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
