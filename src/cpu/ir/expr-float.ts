/** wasm floating-point instructions, scalar and SIMD, as expression builders (WebAssembly core specification). */

import { type Code, uleb } from './code.ts';

type Unary = (x: Code) => Code;
type Binary = (x: Code, y: Code) => Code;
const unary =
  (op: Code): Unary =>
  (x) => [x, op];
const binary =
  (op: Code): Binary =>
  (x, y) => [x, y, op];

/** Opcodes that follow a prefix: 0xFC saturating conversions, 0xFD SIMD. */
const sat = (op: number): Code => [0xfc, ...uleb(op)];
const simd = (op: number): Code => [0xfd, ...uleb(op)];
const extract =
  (op: number) =>
  (x: Code, lane: number): Code => [x, simd(op), lane];
const replace =
  (op: number) =>
  (x: Code, lane: number, value: Code): Code => [x, value, simd(op), lane];

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
  eq: binary(simd(eq)),
  lt: binary(simd(eq + 2)),
  gt: binary(simd(eq + 3)),
  ge: binary(simd(eq + 5)),
  abs: unary(simd(abs)),
  neg: unary(simd(abs + 1)),
  sqrt: unary(simd(abs + 3)),
  ceil: unary(simd(ceil)),
  floor: unary(simd(floor)),
  trunc: unary(simd(trunc)),
  nearest: unary(simd(nearest)),
  add: binary(simd(abs + 4)),
  sub: binary(simd(abs + 5)),
  mul: binary(simd(abs + 6)),
  div: binary(simd(abs + 7)),
  min: binary(simd(abs + 8)),
  max: binary(simd(abs + 9)),
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
export const truncate = { i32_s: unary(sat(2)), i32_u: unary(sat(3)), i64_s: unary(sat(6)), i64_u: unary(sat(7)) };

export const f32x4 = {
  ...vector(0x41, 0xe0, [0x67, 0x68, 0x69, 0x6a]),
  extract: extract(0x1f),
  replace: replace(0x20),
  /** Lanes of an i32x4, signed or unsigned. */
  convert_s: unary(simd(0xfa)),
  convert_u: unary(simd(0xfb)),
  /** Lanes of an f64x2 in the lower half, zeros above. */
  demote: unary(simd(0x5e)),
  /** 1 when no lane of a mask is zero. */
  allTrue: unary(simd(0xa3)),
};
export const f64x2 = {
  ...vector(0x47, 0xec, [0x74, 0x75, 0x7a, 0x94]),
  extract: extract(0x21),
  replace: replace(0x22),
  splat: unary(simd(0x14)),
  /** The lower lanes of an f32x4. */
  promote: unary(simd(0x5f)),
  allTrue: unary(simd(0xc3)),
};
