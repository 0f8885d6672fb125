/** The forms that wasm instructions have, by opcode: what expression builders are made of. */

import { type Code, uleb } from './code.ts';

export type Unary = (x: Code) => Code;
export type Binary = (x: Code, y: Code) => Code;
export const unary =
  (op: Code): Unary =>
  (x) => [x, op];
export const binary =
  (op: Code): Binary =>
  (x, y) => [x, y, op];
/** Load or store immediates: alignment exponent 0 (any address is allowed), then the offset. */
export const load =
  (op: Code) =>
  (address: Code, offset = 0): Code => [address, op, 0, ...uleb(offset)];
export const store =
  (op: Code) =>
  (address: Code, value: Code, offset = 0): Code => [address, value, op, 0, ...uleb(offset)];

const simdOp = (op: number): Code => [0xfd, ...uleb(op)];
/** SIMD instructions, whose opcodes follow the prefix 0xFD; some have a lane number. */
export const simd = {
  op: simdOp,
  unary: (op: number): Unary => unary(simdOp(op)),
  binary: (op: number): Binary => binary(simdOp(op)),
  load: (op: number) => load(simdOp(op)),
  store: (op: number) => store(simdOp(op)),
  extract:
    (op: number) =>
    (x: Code, lane: number): Code => [x, simdOp(op), lane],
  replace:
    (op: number) =>
    (x: Code, lane: number, value: Code): Code => [x, value, simdOp(op), lane],
};
