/** wasm floating-point instructions, scalar and SIMD, as expression builders (WebAssembly core specification). */

import { type Code, uleb } from './code.ts';
import { type Binary, binary, simd, type Unary, unary } from './expr-forms.ts';

/** Saturating conversions, whose opcodes follow the prefix 0xFC. */
const saturating = (op: number): Unary => unary([0xfc, ...uleb(op)]);

const littleEndian = (word: number): number[] => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff);

/** The instructions that exist for one value and for all lanes of a vector alike; a vector's comparisons are masks. */
export interface FloatInstructions {
  readonly eq: Binary;
  readonly lt: Binary;
  readonly gt: Binary;
  readonly ge: Binary;
  readonly abs: Unary;
  readonly neg: Unary;
  readonly sqrt: Unary;
  readonly ceil: Unary;
  readonly floor: Unary;
  readonly trunc: Unary;
  readonly nearest: Unary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly min: Binary;
  readonly max: Binary;
}

/** Comparisons follow `eq`, arithmetic follows `abs`, in the order of the opcodes. */
const scalar = (eq: number, abs: number): FloatInstructions => ({
  eq: binary(eq),
  lt: binary(eq + 2),
  gt: binary(eq + 3),
  ge: binary(eq + 5),
  abs: unary(abs),
  neg: unary(abs + 1),
  ceil: unary(abs + 2),
  floor: unary(abs + 3),
  trunc: unary(abs + 4),
  nearest: unary(abs + 5),
  sqrt: unary(abs + 6),
  add: binary(abs + 7),
  sub: binary(abs + 8),
  mul: binary(abs + 9),
  div: binary(abs + 10),
  min: binary(abs + 11),
  max: binary(abs + 12),
});

/** As above; rounding instructions are apart. */
const vector = (eq: number, abs: number, [ceil, floor, trunc, nearest]: readonly number[]): FloatInstructions => ({
  eq: simd.binary(eq),
  lt: simd.binary(eq + 2),
  gt: simd.binary(eq + 3),
  ge: simd.binary(eq + 5),
  abs: simd.unary(abs),
  neg: simd.unary(abs + 1),
  sqrt: simd.unary(abs + 3),
  ceil: simd.unary(ceil),
  floor: simd.unary(floor),
  trunc: simd.unary(trunc),
  nearest: simd.unary(nearest),
  add: simd.binary(abs + 4),
  sub: simd.binary(abs + 5),
  mul: simd.binary(abs + 6),
  div: simd.binary(abs + 7),
  min: simd.binary(abs + 8),
  max: simd.binary(abs + 9),
});

export const f32 = {
  ...scalar(0x5b, 0x8b),
  const: (bits: number): Code => [0x43, littleEndian(bits)],
  convert_i64_s: unary(0xb4),
  convert_i64_u: unary(0xb5),
  demote: unary(0xb6),
};
export const f64 = {
  ...scalar(0x61, 0x99),
  /** `f64.const` of a number. */
  const: (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
  convert_i64_s: unary(0xb9),
  convert_i64_u: unary(0xba),
  promote: unary(0xbb),
};
/** Truncation of an f64 to an integer, saturated. */
export const truncate = { i32_s: saturating(2), i32_u: saturating(3), i64_s: saturating(6), i64_u: saturating(7) };

export const f32x4 = {
  ...vector(0x41, 0xe0, [0x67, 0x68, 0x69, 0x6a]),
  extract: simd.extract(0x1f),
  replace: simd.replace(0x20),
  /** Lanes of an i32x4, signed or unsigned. */
  convert_s: simd.unary(0xfa),
  convert_u: simd.unary(0xfb),
  /** Lanes of an f64x2 in the lower half, zeros above. */
  demote: simd.unary(0x5e),
  /** 1 when no lane of a mask is zero. */
  allTrue: simd.unary(0xa3),
};
export const f64x2 = {
  ...vector(0x47, 0xec, [0x74, 0x75, 0x7a, 0x94]),
  extract: simd.extract(0x21),
  replace: simd.replace(0x22),
  splat: simd.unary(0x14),
  /** The lower lanes of an f32x4. */
  promote: simd.unary(0x5f),
  allTrue: simd.unary(0xc3),
};
