/** All rows of A64, in the order of the manual's groups, and the decoder made of them. */

import { compileTree } from '../decode/tree.ts';
import { BRANCHES } from './branches.ts';
import { DATA_ARITHMETIC } from './data-arithmetic.ts';
import { DATA_BITFIELD } from './data-bitfield.ts';
import { DATA_CONDITIONAL } from './data-conditional.ts';
import { DATA_IMMEDIATE } from './data-immediate.ts';
import { DATA_LOGICAL } from './data-logical.ts';
import { DATA_SOURCES } from './data-sources.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { FLAG_MANIPULATION } from './flag-manipulation.ts';
import { FLOAT_COMPARE } from './float-compare.ts';
import { FLOAT_CONVERT } from './float-convert.ts';
import { FLOAT_MOVE } from './float-move.ts';
import { FLOAT_SCALAR } from './float-scalar.ts';
import { FLOAT_STATUS } from './float-status.ts';
import { FLOAT_VECTOR } from './float-vector.ts';
import { FLOAT_VECTOR_CONVERT } from './float-vector-convert.ts';
import { FLOAT_VECTOR_UNARY } from './float-vector-unary.ts';
import type { A64Row } from './insn.ts';
import { LOAD_LITERAL } from './load-literal.ts';
import { LOAD_STORE_ATOMIC } from './load-store-atomic.ts';
import { LOAD_STORE_EXCLUSIVE } from './load-store-exclusive.ts';
import { LOAD_STORE_PAIR } from './load-store-pair.ts';
import { LOAD_STORE_SINGLE } from './load-store-single.ts';
import { LOAD_STORE_STRUCTURE } from './load-store-structure.ts';
import { LOAD_STORE_VECTOR } from './load-store-vector.ts';
import { SIMD_ACROSS } from './simd-across.ts';
import { SIMD_BY_ELEMENT } from './simd-by-element.ts';
import { SIMD_COPY } from './simd-copy.ts';
import { SIMD_CRYPTO } from './simd-crypto.ts';
import { SIMD_IMMEDIATE } from './simd-immediate.ts';
import { SIMD_PERMUTE } from './simd-permute.ts';
import { SIMD_SHIFT } from './simd-shift.ts';
import { SIMD_THREE_DIFFERENT } from './simd-three-different.ts';
import { SIMD_THREE_SAME } from './simd-three-same.ts';
import { SIMD_TWO_REGISTER } from './simd-two-register.ts';
import { SYSTEM } from './system.ts';
import { UNIMPLEMENTED } from './unimplemented.ts';

/** Floating point, scalar and on vectors. */
export const FLOAT_ROWS: readonly A64Row[] = [
  ...FLOAT_SCALAR,
  ...FLOAT_COMPARE,
  ...FLOAT_MOVE,
  ...FLOAT_CONVERT,
  ...FLOAT_STATUS,
  ...FLOAT_VECTOR,
  ...FLOAT_VECTOR_UNARY,
  ...FLOAT_VECTOR_CONVERT,
];

/** Advanced SIMD on integers, cryptography, and the loads and stores of vectors. */
export const SIMD_ROWS: readonly A64Row[] = [
  ...LOAD_STORE_VECTOR,
  ...LOAD_STORE_STRUCTURE,
  ...SIMD_COPY,
  ...SIMD_IMMEDIATE,
  ...SIMD_PERMUTE,
  ...SIMD_THREE_SAME,
  ...SIMD_THREE_DIFFERENT,
  ...SIMD_BY_ELEMENT,
  ...SIMD_TWO_REGISTER,
  ...SIMD_ACROSS,
  ...SIMD_SHIFT,
  ...SIMD_CRYPTO,
];

export const A64_ROWS: readonly A64Row[] = [
  ...DATA_IMMEDIATE,
  ...DATA_BITFIELD,
  ...BRANCHES,
  ...EXCEPTIONS,
  ...SYSTEM,
  ...LOAD_STORE_EXCLUSIVE,
  ...LOAD_STORE_ATOMIC,
  ...LOAD_LITERAL,
  ...LOAD_STORE_PAIR,
  ...LOAD_STORE_SINGLE,
  ...DATA_LOGICAL,
  ...DATA_ARITHMETIC,
  ...DATA_CONDITIONAL,
  ...FLAG_MANIPULATION,
  ...DATA_SOURCES,
  ...FLOAT_ROWS,
  ...SIMD_ROWS,
  ...UNIMPLEMENTED,
];

/** The row of an instruction word, whatever feature it needs; undefined when the encoding is unallocated. */
export const decodeA64: (word: number) => A64Row | undefined = compileTree(A64_ROWS);
