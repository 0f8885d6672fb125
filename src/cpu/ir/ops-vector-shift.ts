/** IR ops that shift the lanes of vectors, by an immediate or each by a count of its own. */

import { A128, assign, B128, type Code, IMM, i32c, L128, use } from './code.ts';
import { i32, w } from './expr.ts';
import { v128 } from './expr-vector.ts';
import { extreme } from './ops-vector-saturate.ts';
import {
  BHSD,
  binaryV,
  type Lane,
  perLane,
  repeated,
  saturated,
  signMask,
  unaryImmV,
  unaryV,
  ZEROS,
} from './vector-lanes.ts';

const [X, COUNT, LOST] = L128;
const x = use(X);
const count = use(COUNT);
const lost = use(LOST);
const ONES = repeated(8, 0xffn);
const by = w(IMM);

type Right = 'shr_s' | 'shr_u';

/** Half the last bit shifted out rounds up: shifted by one less, then x / 2 + the bit that goes. */
const halved = (lane: Lane, right: Right, value: Code): Code =>
  lane.add(lane[right](value, i32c(1)), v128.and(value, repeated(lane.bits, 1n)));
const roundingRight = (lane: Lane, right: Right): Code => [
  assign(X, lane[right](A128, i32.sub(by, i32c(1)))),
  halved(lane, right, x),
];

/** Left shift by the immediate; lanes of which bits are lost become `limit`. */
const saturatingLeft = (lane: Lane, back: Right, limit: Code): Code => [
  assign(X, A128),
  assign(LOST, lane.ne(lane[back](lane.shl(x, by), by), x)),
  saturated(lost),
  v128.bitselect(limit, lane.shl(x, by), lost),
];

/** Lanes of ones where a bit of the count is set. */
const isSet = (lane: Lane, bit: number): Code =>
  lane.shr_s(lane.shl(count, i32c(lane.bits - 1 - bit)), i32c(lane.bits - 1));
/** Lanes of ones where the count is at least the width of the lane. */
const isTooLarge = (lane: Lane): Code => lane.ne(lane.shr_u(count, i32c(Math.log2(lane.bits))), ZEROS);

/** Runs `step` for each bit of the counts: wasm shifts all lanes alike, so each power of two is a shift and a choice. */
const steps = (lane: Lane, step: (amount: Code, bit: number) => Code): Code[] =>
  Array.from({ length: Math.log2(lane.bits) }, (_, bit) => step(i32c(1 << bit), bit));
const start = [assign(X, A128), assign(COUNT, B128)];

const left = (lane: Lane): Code => [
  ...start,
  ...steps(lane, (amount, bit) => assign(X, v128.bitselect(lane.shl(x, amount), x, isSet(lane, bit)))),
  v128.andnot(x, isTooLarge(lane)),
];

/** Bits are lost by a step when shifting back does not give what was there, and of lanes not 0 when the count is too large. */
const saturatingLeftBy = (lane: Lane, back: Right, limit: Code): Code => [
  ...start,
  assign(LOST, v128.andnot(isTooLarge(lane), lane.eq(x, ZEROS))),
  ...steps(lane, (amount, bit) => [
    assign(LOST, v128.or(lost, v128.and(lane.ne(lane[back](lane.shl(x, amount), amount), x), isSet(lane, bit)))),
    assign(X, v128.bitselect(lane.shl(x, amount), x, isSet(lane, bit))),
  ]),
  saturated(lost),
  v128.bitselect(limit, x, lost),
];

/** What is left of x when all its bits are shifted out. */
const shiftedOut = (lane: Lane, right: Right): Code => (right === 'shr_s' ? signMask(lane, x) : ZEROS);
const rightSteps = (lane: Lane, right: Right): Code => [
  ...steps(lane, (amount, bit) => assign(X, v128.bitselect(lane[right](x, amount), x, isSet(lane, bit)))),
  assign(X, v128.bitselect(shiftedOut(lane, right), x, isTooLarge(lane))),
];
const right = (lane: Lane, how: Right): Code => [...start, rightSteps(lane, how), x];

const roundingRightBy = (lane: Lane, how: Right): Code => [
  ...start,
  assign(COUNT, lane.sub(count, repeated(lane.bits, 1n))),
  rightSteps(lane, how),
  v128.bitselect(A128, halved(lane, how, x), lane.eq(B128, ZEROS)),
];

/** The low byte of each lane as a signed number. */
const signedByte = (lane: Lane): Code => {
  const up = i32c(lane.bits - 8);
  return lane.bits === 8 ? A128 : lane.shr_s(lane.shl(A128, up), up);
};

export const VECTOR_SHIFT_OPS = {
  ...perLane('vshl', BHSD, (lane) => unaryImmV('vd = va << imm, imm below the width', lane.shl(A128, by))),
  ...perLane('vsshr', BHSD, (lane) => unaryImmV('vd = va >> imm signed, imm below the width', lane.shr_s(A128, by))),
  ...perLane('vushr', BHSD, (lane) => unaryImmV('vd = va >> imm unsigned, imm below the width', lane.shr_u(A128, by))),
  ...perLane('vsrshr', BHSD, (lane) =>
    unaryImmV('vd = va >> imm signed and rounded, imm from 1 to the width', roundingRight(lane, 'shr_s')),
  ),
  ...perLane('vurshr', BHSD, (lane) =>
    unaryImmV('vd = va >> imm unsigned and rounded, imm from 1 to the width', roundingRight(lane, 'shr_u')),
  ),
  ...perLane('vsqshl', BHSD, (lane) =>
    unaryImmV('vd = va << imm, signed and saturated', saturatingLeft(lane, 'shr_s', extreme(lane, x))),
  ),
  ...perLane('vuqshl', BHSD, (lane) =>
    unaryImmV('vd = va << imm, unsigned and saturated', saturatingLeft(lane, 'shr_u', ONES)),
  ),
  ...perLane('vsqshlu', BHSD, (lane) =>
    unaryImmV('vd = va, signed, << imm, unsigned and saturated', [
      assign(X, A128),
      assign(LOST, v128.or(lane.ne(lane.shr_u(lane.shl(x, by), by), x), signMask(lane, x))),
      saturated(lost),
      v128.bitselect(v128.not(signMask(lane, x)), lane.shl(x, by), lost),
    ]),
  ),
  ...perLane('vleft', BHSD, (lane) =>
    unaryV('vd = low byte of each lane of va where it is positive, else 0', [
      assign(X, signedByte(lane)),
      v128.andnot(x, signMask(lane, x)),
    ]),
  ),
  ...perLane('vright', BHSD, (lane) =>
    unaryV('vd = minus the low byte of each lane of va where it is negative, else 0', [
      assign(X, signedByte(lane)),
      v128.and(lane.neg(x), signMask(lane, x)),
    ]),
  ),
  ...perLane('vshlv', BHSD, (lane) => binaryV('vd = va << vb', left(lane))),
  ...perLane('vsqshlv', BHSD, (lane) =>
    binaryV('vd = va << vb, signed and saturated', saturatingLeftBy(lane, 'shr_s', extreme(lane, A128))),
  ),
  ...perLane('vuqshlv', BHSD, (lane) =>
    binaryV('vd = va << vb, unsigned and saturated', saturatingLeftBy(lane, 'shr_u', ONES)),
  ),
  ...perLane('vsshrv', BHSD, (lane) => binaryV('vd = va >> vb signed', right(lane, 'shr_s'))),
  ...perLane('vushrv', BHSD, (lane) => binaryV('vd = va >> vb unsigned', right(lane, 'shr_u'))),
  ...perLane('vsrshrv', BHSD, (lane) => binaryV('vd = va >> vb signed and rounded', roundingRightBy(lane, 'shr_s'))),
  ...perLane('vurshrv', BHSD, (lane) => binaryV('vd = va >> vb unsigned and rounded', roundingRightBy(lane, 'shr_u'))),
};
