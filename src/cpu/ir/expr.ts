/** wasm instructions as expression builders (WebAssembly core specification, "Instructions"). */

import { type Code, i32c } from './code.ts';
import { binary, load, store, unary } from './expr-forms.ts';

// biome-ignore format: one table
export const i32 = {
  eqz: unary(0x45), eq: binary(0x46), ne: binary(0x47), lt_s: binary(0x48), lt_u: binary(0x49), gt_s: binary(0x4a),
  gt_u: binary(0x4b), le_s: binary(0x4c), le_u: binary(0x4d), ge_s: binary(0x4e), ge_u: binary(0x4f),
  clz: unary(0x67), ctz: unary(0x68), add: binary(0x6a), sub: binary(0x6b), mul: binary(0x6c), div_s: binary(0x6d),
  div_u: binary(0x6e), and: binary(0x71), or: binary(0x72), xor: binary(0x73), shl: binary(0x74), shr_s: binary(0x75),
  shr_u: binary(0x76), rotl: binary(0x77), rotr: binary(0x78), wrap: unary(0xa7), extend8_s: unary(0xc0),
  extend16_s: unary(0xc1), load: load(0x28), load8_u: load(0x2d), load16_u: load(0x2f), store: store(0x36),
};

// biome-ignore format: one table
export const i64 = {
  eqz: unary(0x50), eq: binary(0x51), ne: binary(0x52), lt_s: binary(0x53), lt_u: binary(0x54), gt_s: binary(0x55),
  gt_u: binary(0x56), le_s: binary(0x57), le_u: binary(0x58), ge_s: binary(0x59), ge_u: binary(0x5a),
  clz: unary(0x79), ctz: unary(0x7a), add: binary(0x7c), sub: binary(0x7d), mul: binary(0x7e), div_s: binary(0x7f),
  div_u: binary(0x80), and: binary(0x83), or: binary(0x84), xor: binary(0x85), shl: binary(0x86), shr_s: binary(0x87),
  shr_u: binary(0x88), rotl: binary(0x89), rotr: binary(0x8a), extend_s: unary(0xac), extend_u: unary(0xad),
  extend8_s: unary(0xc2), extend16_s: unary(0xc3), extend32_s: unary(0xc4), load: load(0x29), load8_s: load(0x30),
  load8_u: load(0x31), load16_s: load(0x32), load16_u: load(0x33), load32_s: load(0x34), load32_u: load(0x35),
  store: store(0x37), store8: store(0x3c), store16: store(0x3d), store32: store(0x3e),
};

/** `select`: x when cond, else y. */
export const select = (x: Code, y: Code, cond: Code): Code => [x, y, cond, 0x1b];
/** The low 32 bits of an i64. */
export const w = i32.wrap;
/** An i32 as the X register value of a 32-bit result. */
export const zext = i64.extend_u;
/** 1 for zero, else 0. */
export const not = i32.eqz;
export const one = i32c(1);
