/** The word by which a floating-point op names its exact function and the lanes that the function takes and makes. */

// biome-ignore format: one table
export const FLOAT_FUNCTIONS = [
  'fadd', 'fsub', 'fmul', 'fnmul', 'fmulx', 'fdiv', 'fmax', 'fmin', 'fmaxnm', 'fminnm', 'fsqrt',
  'fmadd', 'fmsub', 'fnmadd', 'fnmsub', 'frecps', 'frsqrts', 'frecpe', 'frsqrte', 'frecpx', 'urecpe', 'ursqrte',
  'fcmp', 'fcmpe', 'fcmeq', 'fcmge', 'fcmgt',
  'frintn', 'frintp', 'frintm', 'frintz', 'frinta', 'frintx', 'frinti', 'fcvt', 'fcvtxn',
  'fcvtns', 'fcvtnu', 'fcvtps', 'fcvtpu', 'fcvtms', 'fcvtmu', 'fcvtzs', 'fcvtzu', 'fcvtas', 'fcvtau', 'scvtf', 'ucvtf',
] as const;
/** By the mnemonic of the instruction; where A64 and Advanced SIMD differ in name alone, by A64's. */
export type FloatFunction = (typeof FLOAT_FUNCTIONS)[number];

/** Size of a lane, a float or an integer: 16, 32 and 64 bits. */
export const H = 0;
export const S = 1;
export const D = 2;
export type LaneSize = typeof H | typeof S | typeof D;

/** Registers as lanes, by the manual's arrangement specifiers; `s` and `d` are one lane, the rest of the register zero. */
export const SHAPES = {
  s: { size: S, lanes: 1 },
  d: { size: D, lanes: 1 },
  '2s': { size: S, lanes: 2 },
  '4s': { size: S, lanes: 4 },
  '2d': { size: D, lanes: 2 },
} as const;
export type Shape = keyof typeof SHAPES;

export interface FloatWord {
  readonly fn: FloatFunction;
  /** Size of the operands' lanes, and of the result's. */
  readonly from: LaneSize;
  readonly to: LaneSize;
  /** Lanes of the result: 1, 2 or 4. */
  readonly lanes: number;
  /** Fraction bits of a fixed-point number, 0 to 64. */
  readonly fbits?: number;
  /** NZCV of a conditional comparison that is not made. */
  readonly nzcv?: number;
}

const FUNCTION_NUMBERS = new Map(FLOAT_FUNCTIONS.map((name, number) => [name, number]));
const FBITS_SHIFT = 13;
export const NZCV_SHIFT = 24;

/** Packs the word, a non-negative int32. */
export const packFloatWord = ({ fn, from, to, lanes, fbits = 0, nzcv = 0 }: FloatWord): number =>
  (FUNCTION_NUMBERS.get(fn) as number) |
  (from << 6) |
  (to << 8) |
  (lanes << 10) |
  (fbits << FBITS_SHIFT) |
  (nzcv << NZCV_SHIFT);

export const functionOf = (word: number): number => word & 0x3f;
export const fromSize = (word: number): LaneSize => ((word >>> 6) & 3) as LaneSize;
export const toSize = (word: number): LaneSize => ((word >>> 8) & 3) as LaneSize;
export const laneCount = (word: number): number => (word >>> 10) & 7;
export const fbitsOf = (word: number): number => (word >>> FBITS_SHIFT) & 0x7f;

/** The word of a function whose operands and result have one shape. */
export const shapedWord = (fn: FloatFunction, shape: Shape): number => {
  const { size, lanes } = SHAPES[shape];
  return packFloatWord({ fn, from: size, to: size, lanes });
};
