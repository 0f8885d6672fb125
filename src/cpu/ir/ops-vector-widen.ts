/** IR ops whose lanes are twice as wide as those of their operands: extensions, products, sums of pairs. */

import { A128, assign, B128, type Code, i32c, L128, use } from './code.ts';
import { i64x2, v128 } from './expr-vector.ts';
import { polynomialProduct } from './ops-vector-arithmetic.ts';
import { reverseInBytes } from './ops-vector-logic.ts';
import { binaryV, HSD, LANES, type Lane, perLane, repeated, unaryV, withA } from './vector-lanes.ts';

/** Sum of the two halves of each lane, each extended. */
const pairSum = (lane: Lane, right: 'shr_s' | 'shr_u'): Code =>
  withA((x) => {
    const half = i32c(lane.bits / 2);
    return lane.add(lane[right](lane.shl(x, half), half), lane[right](x, half));
  });

/** Each half of x with its 64 bits in reverse. */
const reversed = (x: Code): Code =>
  v128.shuffle(reverseInBytes(x), reverseInBytes(x), [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8]);
/** The lower half of x, and in the upper half its bits in reverse. */
const withReverse = (x: Code): Code =>
  v128.shuffle(x, reversed(x), [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);

/** Every fourth bit from bit `first` on. */
const everyFourth = (first: number): Code => repeated(64, 0x1111_1111_1111_1111n << BigInt(first));

/**
 * 64 x 64 polynomial product. With three zeros between its bits a product of integers has the sums of a column, at most
 * 16 of them, in four bits, of which the lowest is that of the polynomials; a seventeenth bit falls off at the top. The
 * reversed operands give the upper half, in reverse and one bit up. Both halves are computed at once.
 */
function polynomialProduct64(): Code {
  const [x, y, z] = L128;
  const part = (column: number): Code => {
    const products = [0, 1, 2, 3].map((i) =>
      i64x2.mul(v128.and(use(x), everyFourth(i)), v128.and(use(y), everyFourth((column - i + 4) % 4))),
    );
    return v128.and(
      products.reduce((sum, product) => v128.xor(sum, product)),
      everyFourth(column),
    );
  };
  return [
    assign(x, A128),
    assign(y, B128),
    assign(x, withReverse(use(x))),
    assign(y, withReverse(use(y))),
    assign(
      z,
      [0, 1, 2, 3].map(part).reduce((sum, one) => v128.or(sum, one)),
    ),
    v128.shuffle(
      use(z),
      i64x2.shr_u(reversed(use(z)), i32c(1)),
      [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31],
    ),
  ];
}

export const VECTOR_WIDEN_OPS = {
  ...perLane('vsxtl', HSD, (lane) => unaryV('vd = lower lanes of va, sign-extended', lane.extend_low_s(A128))),
  ...perLane('vsxtl2', HSD, (lane) => unaryV('vd = upper lanes of va, sign-extended', lane.extend_high_s(A128))),
  ...perLane('vuxtl', HSD, (lane) => unaryV('vd = lower lanes of va, zero-extended', lane.extend_low_u(A128))),
  ...perLane('vuxtl2', HSD, (lane) => unaryV('vd = upper lanes of va, zero-extended', lane.extend_high_u(A128))),
  ...perLane('vsmull', HSD, (lane) => binaryV('vd = products of lower lanes, signed', lane.extmul_low_s(A128, B128))),
  ...perLane('vsmull2', HSD, (lane) => binaryV('vd = products of upper lanes, signed', lane.extmul_high_s(A128, B128))),
  ...perLane('vumull', HSD, (lane) => binaryV('vd = products of lower lanes, unsigned', lane.extmul_low_u(A128, B128))),
  ...perLane('vumull2', HSD, (lane) =>
    binaryV('vd = products of upper lanes, unsigned', lane.extmul_high_u(A128, B128)),
  ),
  ...perLane('vsaddlp', HSD, (lane) => unaryV('vd = sums of adjacent lanes of va, signed', pairSum(lane, 'shr_s'))),
  ...perLane('vuaddlp', HSD, (lane) => unaryV('vd = sums of adjacent lanes of va, unsigned', pairSum(lane, 'shr_u'))),
  vpmull_h: binaryV(
    'vd = products of the lower bytes of va and vb, polynomials over {0, 1}',
    polynomialProduct(LANES.h, LANES.h.extend_low_u(A128), LANES.h.extend_low_u(B128)),
  ),
  vpmull2_h: binaryV(
    'vd = products of the upper bytes of va and vb, polynomials over {0, 1}',
    polynomialProduct(LANES.h, LANES.h.extend_high_u(A128), LANES.h.extend_high_u(B128)),
  ),
  vpmull_q: binaryV('vd = va[63:0] * vb[63:0], polynomials over {0, 1}', polynomialProduct64()),
};
