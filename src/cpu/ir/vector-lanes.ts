/** Lanes of a vector by the manual's letters B, H, S and D, and what the tables of vector ops are made with. */

import { R } from '../slots.ts';
import { A128, assign, B128, type Code, get, i32c, i64c, L128, set, use } from './code.ts';
import { i64, zext } from './expr.ts';
import { i8x16, i16x8, i32x4, i64x2, v128 } from './expr-vector.ts';
import { type OpRow, value } from './row.ts';

/** Bit number of FPSR.QC: cumulative saturation. */
const FPSR_QC = 27;

/** A lane of 8, 16, 32 or 64 bits. */
export type Letter = 'b' | 'h' | 's' | 'd';

/** The wasm instructions of each lane, and its width in bits. */
export const LANES = {
  b: { ...i8x16, letter: 'b', bits: 8 },
  h: { ...i16x8, letter: 'h', bits: 16 },
  s: { ...i32x4, letter: 's', bits: 32 },
  d: { ...i64x2, letter: 'd', bits: 64 },
} as const;
type Lanes = typeof LANES;
/** What all four have. */
export type Lane = Lanes[Letter];

export const BHSD = ['b', 'h', 's', 'd'] as const;
export const BHS = ['b', 'h', 's'] as const;
/** Lanes of which each half is one too. */
export const HSD = ['h', 's', 'd'] as const;

/** A row for each of the letters: `name_b` and so on. */
export const perLane = <const N extends string, const L extends Letter, T extends OpRow>(
  name: N,
  letters: readonly L[],
  row: (lane: Lanes[L]) => T,
): Record<`${N}_${L}`, T> =>
  Object.fromEntries(letters.map((letter) => [`${name}_${letter}`, row(LANES[letter])])) as Record<`${N}_${L}`, T>;

export const unaryV = value(['vd', 'va']);
export const binaryV = value(['vd', 'va', 'vb']);
export const ternaryV = value(['vd', 'va', 'vb', 'vc']);
export const unaryImmV = value(['vd', 'va', 'imm']);

/** Both operands in scratch, for bodies that name them often. */
export const withBoth = (body: (x: Code, y: Code) => Code): Code => [
  assign(L128[0], A128),
  assign(L128[1], B128),
  body(use(L128[0]), use(L128[1])),
];
/** Operand a in scratch. */
export const withA = (body: (x: Code) => Code): Code => [assign(L128[0], A128), body(use(L128[0]))];

/** Sets FPSR.QC when a bit of `lost` is set. */
export const saturated = (lost: Code): Code =>
  set(R.FPSR, i64.or(get(R.FPSR), i64.shl(zext(v128.anyTrue(lost)), i64c(FPSR_QC))));

/** A constant whose 64-bit halves both repeat the low `bits` bits of a BigInt. */
export function repeated(bits: number, pattern: bigint): Code {
  const bytes = bits / 8;
  return v128.constant(Array.from({ length: 16 }, (_, i) => Number((pattern >> BigInt(8 * (i % bytes))) & 0xffn)));
}
/** The lane's most significant bit alone, in each lane. */
export const signBit = (bits: number): Code => repeated(bits, 1n << BigInt(bits - 1));
/** Lanes of ones where the sign bit is set, else zeros. */
export const signMask = (lane: Lane, x: Code): Code => lane.shr_s(x, i32c(lane.bits - 1));
export const ZEROS = v128.constant(Array<number>(16).fill(0));
