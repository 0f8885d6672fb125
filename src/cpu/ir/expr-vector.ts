/** wasm SIMD instructions as expression builders (WebAssembly core specification, "Vector Instructions"). */

import type { Code } from './code.ts';
import { simd } from './expr-forms.ts';

const { op, unary, binary, extract, replace } = simd;

export const v128 = {
  load: simd.load(0x00),
  store: simd.store(0x0b),
  /** `v128.const` of 16 bytes, the lowest first. */
  constant: (bytes: readonly number[]): Code => [op(0x0c), ...bytes],
  /** Byte i of the result is byte lanes[i] of x, or lanes[i] - 16 of y. */
  shuffle: (x: Code, y: Code, lanes: readonly number[]): Code => [x, y, op(0x0d), ...lanes],
  /** Byte i of the result is the byte of x that byte i of y names; 0 past 15. */
  swizzle: binary(0x0e),
  not: unary(0x4d),
  and: binary(0x4e),
  /** x & ~y. */
  andnot: binary(0x4f),
  or: binary(0x50),
  xor: binary(0x51),
  /** Bits of x where the mask is 1, of y where it is 0. */
  bitselect: (x: Code, y: Code, mask: Code): Code => [x, y, mask, op(0x52)],
  anyTrue: unary(0x53),
};

/** What all four shapes of integer lanes have, by the first opcode of their block; shifts take an i32 count. */
const arithmetic = (at: number) => ({
  abs: unary(at),
  neg: unary(at + 0x01),
  shl: binary(at + 0x0b),
  shr_s: binary(at + 0x0c),
  shr_u: binary(at + 0x0d),
  add: binary(at + 0x0e),
  sub: binary(at + 0x11),
});
/** Lanes made of those half as wide: the lower or the upper eight bytes of a vector, extended or multiplied. */
const widening = (at: number) => ({
  extend_low_s: unary(at + 0x07),
  extend_high_s: unary(at + 0x08),
  extend_low_u: unary(at + 0x09),
  extend_high_u: unary(at + 0x0a),
  mul: binary(at + 0x15),
  extmul_low_s: binary(at + 0x1c),
  extmul_high_s: binary(at + 0x1d),
  extmul_low_u: binary(at + 0x1e),
  extmul_high_u: binary(at + 0x1f),
});
const extremes = (at: number) => ({
  min_s: binary(at + 0x16),
  min_u: binary(at + 0x17),
  max_s: binary(at + 0x18),
  max_u: binary(at + 0x19),
});
/** Comparisons: lanes of ones where they hold, else of zeros. */
const comparisons = (at: number) => ({
  eq: binary(at),
  ne: binary(at + 0x01),
  gt_s: binary(at + 0x04),
  gt_u: binary(at + 0x05),
  ge_s: binary(at + 0x08),
  ge_u: binary(at + 0x09),
});

export const i8x16 = {
  ...arithmetic(0x60),
  ...extremes(0x60),
  ...comparisons(0x23),
  popcnt: unary(0x62),
  splat: unary(0x0f),
  extract_u: extract(0x16),
};
export const i16x8 = {
  ...arithmetic(0x80),
  ...widening(0x80),
  ...extremes(0x80),
  ...comparisons(0x2d),
  extadd_pairwise_u: unary(0x7d),
  splat: unary(0x10),
};
export const i32x4 = {
  ...arithmetic(0xa0),
  ...widening(0xa0),
  ...extremes(0xa0),
  ...comparisons(0x37),
  extadd_pairwise_u: unary(0x7f),
  splat: unary(0x11),
  extract: extract(0x1b),
  replace: replace(0x1c),
  /** Lanes of an f32x4, saturated. */
  trunc_s: unary(0xf8),
  trunc_u: unary(0xf9),
};
export const i64x2 = {
  ...arithmetic(0xc0),
  ...widening(0xc0),
  eq: binary(0xd6),
  ne: binary(0xd7),
  gt_s: binary(0xd9),
  ge_s: binary(0xdb),
  splat: unary(0x12),
  extract: extract(0x1d),
  replace: replace(0x1e),
};
