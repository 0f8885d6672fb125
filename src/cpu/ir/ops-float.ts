/** The IR ops of floating point: those that the exact library does whole, and all with a fast path. */

import type { Token } from './code.ts';
import { i64x2 } from './expr-vector.ts';
import { FLOAT_BINARY_OPS, FLOAT_UNARY_OPS } from './ops-float-arithmetic.ts';
import { FLOAT_COMPARE_OPS, FLOAT_MASK_OPS } from './ops-float-compare.ts';
import { FLOAT_CONVERT_OPS } from './ops-float-convert.ts';
import { FLOAT_CONVERT_VECTOR_OPS } from './ops-float-convert-vector.ts';
import { FLOAT_FUSED_OPS } from './ops-float-fused.ts';
import { FLOAT_MOVE_OPS } from './ops-float-move.ts';
import { value } from './row.ts';

const SLOW: Token = { kind: 'slowFloat' };

/** Every op that can take the slow path has the word of its exact function in immHigh (`ops-float-word.ts`). */
const FLOAT_EXACT_OPS = {
  float: value(['vd', 'va', 'vb', 'vc', 'immHigh'])('vd = function immHigh of va, vb, vc', SLOW),
  float_to_x: value(['d', 'va', 'immHigh'])('d = function immHigh of va', i64x2.extract(SLOW, 0)),
  float_from_x: value(['vd', 'a', 'immHigh'])('vd = function immHigh of a', SLOW),
};

export const FLOAT_OPS = {
  ...FLOAT_EXACT_OPS,
  ...FLOAT_UNARY_OPS,
  ...FLOAT_BINARY_OPS,
  ...FLOAT_FUSED_OPS,
  ...FLOAT_MASK_OPS,
  ...FLOAT_COMPARE_OPS,
  ...FLOAT_CONVERT_OPS,
  ...FLOAT_CONVERT_VECTOR_OPS,
  ...FLOAT_MOVE_OPS,
};
