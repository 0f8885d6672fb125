/** IR ops of integer arithmetic that saturates: lanes that cannot hold a result take the nearest value and set FPSR.QC. */

import { A128, assign, B128, type Code, i32c, L128, use } from './code.ts';
import { v128 } from './expr-vector.ts';
import {
  BHSD,
  binaryV,
  HSD,
  LANES,
  type Lane,
  perLane,
  repeated,
  saturated,
  signBit,
  signMask,
  unaryV,
} from './vector-lanes.ts';

const [X, Y, R] = L128;
const maximum = (bits: number): Code => repeated(bits, (1n << BigInt(bits - 1)) - 1n);

/** The extreme value on the side of the sign of x. */
export const extreme = (lane: Lane, x: Code): Code => v128.xor(signMask(lane, x), maximum(lane.bits));

/**
 * The wrapped result of x and y in scratch, then lanes that overflow: those where the sign bit of `overflow` is set.
 * They become `limit`.
 */
function saturating(lane: Lane, wrapped: Code, overflow: Code, limit: Code): Code {
  return [
    assign(X, A128),
    assign(Y, B128),
    assign(R, wrapped),
    // Y becomes the mask of lanes that overflow.
    assign(Y, signMask(lane, overflow)),
    saturated(use(Y)),
    v128.bitselect(limit, use(R), use(Y)),
  ];
}

const x = use(X);
const y = use(Y);
const r = use(R);
const ONES = repeated(8, 0xffn);
const NONE = repeated(8, 0n);

/** Lanes of twice the width saturated to the width of their halves, which `fits` says where it is not needed. */
function narrowing(lane: Lane, fitsInto: Code, limit: Code): Code {
  return [assign(X, A128), assign(R, lane.ne(fitsInto, x)), saturated(r), v128.bitselect(limit, x, r)];
}

/** The doubled products of the lanes of `half`, of which the upper halves remain; `round` is added before. */
function doublingHigh(letter: 'h' | 's', rounding: boolean): Code {
  const { bits } = LANES[letter];
  const wide = letter === 'h' ? LANES.s : LANES.d;
  const half = (product: Code): Code => {
    const rounded = rounding ? wide.add(product, repeated(wide.bits, 1n << BigInt(bits - 2))) : product;
    return wide.shr_s(rounded, i32c(bits - 1));
  };
  const size = bits / 8;
  const even = Array.from({ length: 16 }, (_, i) => Math.floor(i / size) * 2 * size + (i % size));
  // Only -1 squared overflows; its half product, doubled, is the minimum, one more than the maximum.
  return [
    assign(X, A128),
    assign(Y, B128),
    assign(R, v128.and(LANES[letter].eq(x, signBit(bits)), LANES[letter].eq(y, signBit(bits)))),
    saturated(r),
    v128.xor(v128.shuffle(half(wide.extmul_low_s(x, y)), half(wide.extmul_high_s(x, y)), even), r),
  ];
}

export const VECTOR_SATURATE_OPS = {
  ...perLane('vsqadd', BHSD, (lane) =>
    binaryV(
      'vd = va + vb, signed and saturated',
      saturating(lane, lane.add(x, y), v128.and(v128.xor(x, r), v128.xor(y, r)), extreme(lane, x)),
    ),
  ),
  ...perLane('vsqsub', BHSD, (lane) =>
    binaryV(
      'vd = va - vb, signed and saturated',
      saturating(lane, lane.sub(x, y), v128.and(v128.xor(x, y), v128.xor(x, r)), extreme(lane, x)),
    ),
  ),
  ...perLane('vuqadd', BHSD, (lane) =>
    binaryV(
      'vd = va + vb, unsigned and saturated',
      saturating(lane, lane.add(x, y), v128.or(v128.and(x, y), v128.andnot(v128.or(x, y), r)), ONES),
    ),
  ),
  ...perLane('vuqsub', BHSD, (lane) =>
    binaryV(
      'vd = va - vb, unsigned and saturated',
      saturating(lane, lane.sub(x, y), v128.or(v128.andnot(y, x), v128.andnot(r, v128.xor(x, y))), NONE),
    ),
  ),
  ...perLane('vsqabs', BHSD, (lane) =>
    unaryV('vd = |va|, signed and saturated', [
      assign(X, lane.abs(A128)),
      // The absolute value of the minimum alone is still negative.
      assign(Y, signMask(lane, x)),
      saturated(y),
      v128.xor(x, y),
    ]),
  ),
  ...perLane('vsat_s', HSD, (lane) =>
    unaryV(
      'vd = va saturated to half its width, both signed',
      narrowing(
        lane,
        lane.shr_s(lane.shl(x, i32c(lane.bits / 2)), i32c(lane.bits / 2)),
        v128.xor(signMask(lane, x), repeated(lane.bits, (1n << BigInt(lane.bits / 2 - 1)) - 1n)),
      ),
    ),
  ),
  ...perLane('vsat_u', HSD, (lane) =>
    unaryV(
      'vd = va saturated to half its width, both unsigned',
      narrowing(lane, lane.shr_u(lane.shl(x, i32c(lane.bits / 2)), i32c(lane.bits / 2)), ONES),
    ),
  ),
  ...perLane('vsat_su', HSD, (lane) =>
    unaryV(
      'vd = va, signed, saturated to half its width, unsigned',
      narrowing(lane, lane.shr_u(lane.shl(x, i32c(lane.bits / 2)), i32c(lane.bits / 2)), v128.not(signMask(lane, x))),
    ),
  ),
  ...perLane('vsqdmulh', ['h', 's'], ({ letter }) =>
    binaryV('vd = upper half of 2 * va * vb, signed and saturated', doublingHigh(letter, false)),
  ),
  ...perLane('vsqrdmulh', ['h', 's'], ({ letter }) =>
    binaryV('vd = upper half of 2 * va * vb, rounded, signed and saturated', doublingHigh(letter, true)),
  ),
};
