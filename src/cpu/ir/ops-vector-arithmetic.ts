/** IR ops of integer arithmetic on the lanes of vectors, modulo the width of a lane, and of their comparison. */

import { A128, assign, B128, type Code, i32c, L128, use } from './code.ts';
import { i16x8, v128 } from './expr-vector.ts';
import {
  BHS,
  BHSD,
  binaryV,
  LANES,
  type Lane,
  perLane,
  repeated,
  signBit,
  unaryV,
  withBoth,
  ZEROS,
} from './vector-lanes.ts';

/** Products of bytes, of the even and of the odd ones as halfwords. */
const multiplyBytes = withBoth((x, y) =>
  v128.or(
    v128.and(i16x8.mul(x, y), repeated(16, 0xffn)),
    i16x8.shl(i16x8.mul(i16x8.shr_u(x, i32c(8)), i16x8.shr_u(y, i32c(8))), i32c(8)),
  ),
);

/** x > y or x >= y unsigned; wasm has none for 64 bits, where the signed one of both less 2^63 is the same. */
function unsigned(lane: Lane, compare: 'gt' | 'ge'): Code {
  if (lane.letter !== 'd') return lane[`${compare}_u`](A128, B128);
  return lane[`${compare}_s`](v128.xor(A128, signBit(64)), v128.xor(B128, signBit(64)));
}

/** (x + y) >> 1 without its carry lost, from what both have and what one has; `shift` is of the lane's signedness. */
const halvingAdd = (lane: Lane, shift: 'shr_s' | 'shr_u'): Code =>
  withBoth((x, y) => lane.add(v128.and(x, y), lane[shift](v128.xor(x, y), i32c(1))));
const roundingHalvingAdd = (lane: Lane, shift: 'shr_s' | 'shr_u'): Code =>
  withBoth((x, y) => lane.sub(v128.or(x, y), lane[shift](v128.xor(x, y), i32c(1))));
const halvingSubtract = (lane: Lane, shift: 'shr_s' | 'shr_u'): Code =>
  withBoth((x, y) => lane.sub(lane[shift](v128.xor(x, y), i32c(1)), v128.andnot(y, x)));

/** Carry-less product of lanes whose upper halves are zero, or modulo the lane: a sum of shifts by the ones of y's low byte. */
export function polynomialProduct(lane: Lane, x: Code, y: Code): Code {
  const [a, b, sum] = L128;
  const steps: Code[] = [assign(a, x), assign(b, y), assign(sum, ZEROS)];
  for (let bit = 0; bit < 8; bit++) {
    const isSet = lane.shr_s(lane.shl(use(b), i32c(lane.bits - 1 - bit)), i32c(lane.bits - 1));
    steps.push(assign(sum, v128.xor(use(sum), v128.and(lane.shl(use(a), i32c(bit)), isSet))));
  }
  return [...steps, use(sum)];
}

export const VECTOR_ARITHMETIC_OPS = {
  ...perLane('vadd', BHSD, (lane) => binaryV('vd = va + vb', lane.add(A128, B128))),
  ...perLane('vsub', BHSD, (lane) => binaryV('vd = va - vb', lane.sub(A128, B128))),
  ...perLane('vneg', BHSD, (lane) => unaryV('vd = -va', lane.neg(A128))),
  ...perLane('vabs', BHSD, (lane) => unaryV('vd = |va|', lane.abs(A128))),
  vmul_b: binaryV('vd = va * vb', multiplyBytes),
  ...perLane('vmul', ['h', 's'], (lane) => binaryV('vd = va * vb', lane.mul(A128, B128))),
  vpmul_b: binaryV('vd = va * vb, polynomials over {0, 1}', polynomialProduct(LANES.b, A128, B128)),
  ...perLane('vsmax', BHS, (lane) => binaryV('vd = larger of va and vb, signed', lane.max_s(A128, B128))),
  ...perLane('vumax', BHS, (lane) => binaryV('vd = larger of va and vb, unsigned', lane.max_u(A128, B128))),
  ...perLane('vsmin', BHS, (lane) => binaryV('vd = smaller of va and vb, signed', lane.min_s(A128, B128))),
  ...perLane('vumin', BHS, (lane) => binaryV('vd = smaller of va and vb, unsigned', lane.min_u(A128, B128))),
  ...perLane('vsabd', BHS, (lane) =>
    binaryV(
      'vd = |va - vb|, signed',
      withBoth((x, y) => lane.sub(lane.max_s(x, y), lane.min_s(x, y))),
    ),
  ),
  ...perLane('vuabd', BHS, (lane) =>
    binaryV(
      'vd = |va - vb|, unsigned',
      withBoth((x, y) => lane.sub(lane.max_u(x, y), lane.min_u(x, y))),
    ),
  ),
  ...perLane('vshadd', BHS, (lane) => binaryV('vd = (va + vb) / 2 signed', halvingAdd(lane, 'shr_s'))),
  ...perLane('vuhadd', BHS, (lane) => binaryV('vd = (va + vb) / 2 unsigned', halvingAdd(lane, 'shr_u'))),
  ...perLane('vsrhadd', BHS, (lane) => binaryV('vd = (va + vb + 1) / 2 signed', roundingHalvingAdd(lane, 'shr_s'))),
  ...perLane('vurhadd', BHS, (lane) => binaryV('vd = (va + vb + 1) / 2 unsigned', roundingHalvingAdd(lane, 'shr_u'))),
  ...perLane('vshsub', BHS, (lane) => binaryV('vd = (va - vb) / 2 signed', halvingSubtract(lane, 'shr_s'))),
  ...perLane('vuhsub', BHS, (lane) => binaryV('vd = (va - vb) / 2 unsigned', halvingSubtract(lane, 'shr_u'))),
  ...perLane('vcmeq', BHSD, (lane) => binaryV('vd = ones where va is vb', lane.eq(A128, B128))),
  ...perLane('vcmgt', BHSD, (lane) => binaryV('vd = ones where va > vb signed', lane.gt_s(A128, B128))),
  ...perLane('vcmge', BHSD, (lane) => binaryV('vd = ones where va >= vb signed', lane.ge_s(A128, B128))),
  ...perLane('vcmhi', BHSD, (lane) => binaryV('vd = ones where va > vb unsigned', unsigned(lane, 'gt'))),
  ...perLane('vcmhs', BHSD, (lane) => binaryV('vd = ones where va >= vb unsigned', unsigned(lane, 'ge'))),
  ...perLane('vcmtst', BHSD, (lane) =>
    binaryV('vd = ones where va & vb is not 0', lane.ne(v128.and(A128, B128), ZEROS)),
  ),
};
