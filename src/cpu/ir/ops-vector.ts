/** All IR ops on the integer lanes of vectors, in one table. */

import { VECTOR_ARITHMETIC_OPS } from './ops-vector-arithmetic.ts';
import { VECTOR_CRYPTO_OPS } from './ops-vector-crypto.ts';
import { VECTOR_LOGIC_OPS } from './ops-vector-logic.ts';
import { VECTOR_MOVE_OPS } from './ops-vector-move.ts';
import { VECTOR_PERMUTE_OPS } from './ops-vector-permute.ts';
import { VECTOR_SATURATE_OPS } from './ops-vector-saturate.ts';
import { VECTOR_SHIFT_OPS } from './ops-vector-shift.ts';
import { VECTOR_WIDEN_OPS } from './ops-vector-widen.ts';

export const VECTOR_OPS = {
  ...VECTOR_MOVE_OPS,
  ...VECTOR_PERMUTE_OPS,
  ...VECTOR_LOGIC_OPS,
  ...VECTOR_ARITHMETIC_OPS,
  ...VECTOR_SATURATE_OPS,
  ...VECTOR_SHIFT_OPS,
  ...VECTOR_WIDEN_OPS,
  ...VECTOR_CRYPTO_OPS,
};
