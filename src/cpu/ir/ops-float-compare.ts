/** IR ops of floating-point comparison: flags, and masks of whole vectors. */

import { C, N, V, Z } from '../slots.ts';
import {
  A128,
  assign,
  B128,
  C3,
  type Code,
  IMM_HIGH,
  i32c,
  L32,
  L128,
  set,
  type Token,
  tee,
  use,
  when,
} from './code.ts';
import { i32, i64, not } from './expr.ts';
import { i32x4 } from './expr-vector.ts';
import { allNumbers, LANE_CODE, type LaneCode, laneA, laneB, NO_FLUSH } from './ops-float-guards.ts';
import { NZCV_SHIFT } from './ops-float-word.ts';
import { effect, value } from './row.ts';

const SLOW: Token = { kind: 'slowFloat' };
const [LESS, NOT_LESS, NZCV] = L32;
const [X, Y] = L128;

/** Sets the flags from an i32 with N in bit 3. */
const setFlags = (nzcv: Code): Code => {
  const bit = (shift: number): Code => i32.and(i32.shr_u(use(NZCV), i32c(shift)), i32c(1));
  return [assign(NZCV, nzcv), set(N, bit(3)), set(Z, bit(2)), set(C, bit(1)), set(V, bit(0))];
};

/** FPCompare(); operands that are unordered may be Invalid Operation, which the exact library knows. */
function compare({ op, get }: LaneCode, a: Code, b: Code): Code {
  const x = get(use(X));
  const y = get(use(Y));
  const ordered = i32.or(tee(LESS, op.lt(x, y)), tee(NOT_LESS, op.ge(x, y)));
  return [
    assign(X, a),
    assign(Y, b),
    when(
      i32.and(NO_FLUSH, ordered),
      [set(Z, op.eq(x, y)), set(N, use(LESS)), set(C, use(NOT_LESS)), set(V, i32c(0))],
      setFlags(i32x4.extract(SLOW, 0)),
    ),
  ];
}

const compareRow = (lane: LaneCode) =>
  effect('NZCV = comparison of va with vb', ['va', 'vb', 'immHigh'], compare(lane, A128, B128));
const compareIfRow = (lane: LaneCode) =>
  effect(
    'NZCV = comparison of va with vb if c, else bits 27 to 24 of immHigh',
    ['va', 'vb', 'c', 'immHigh'],
    when(
      not(i64.eqz(C3)),
      compare(lane, A128, B128),
      setFlags(i32.and(i32.shr_u(IMM_HIGH, i32c(NZCV_SHIFT)), i32c(15))),
    ),
  );

const maskRow = (lane: LaneCode, name: string, op: 'eq' | 'ge' | 'gt') =>
  value(['vd', 'va', 'vb', 'immHigh'])(
    `vd = ones in lanes where va ${name} vb, else zeros`,
    when(
      i32.and(NO_FLUSH, i32.and(allNumbers(lane, laneA(lane)), allNumbers(lane, laneB(lane)))),
      lane.op[op](laneA(lane), laneB(lane)),
      SLOW,
      'v128',
    ),
  );

export const FLOAT_COMPARE_OPS = {
  fcmp_s: compareRow(LANE_CODE.s),
  fcmp_d: compareRow(LANE_CODE.d),
  fccmp_s: compareIfRow(LANE_CODE.s),
  fccmp_d: compareIfRow(LANE_CODE.d),
};

export const FLOAT_MASK_OPS = {
  fcmeq_4s: maskRow(LANE_CODE['4s'], '=', 'eq'),
  fcmeq_2d: maskRow(LANE_CODE['2d'], '=', 'eq'),
  fcmge_4s: maskRow(LANE_CODE['4s'], '>=', 'ge'),
  fcmge_2d: maskRow(LANE_CODE['2d'], '>=', 'ge'),
  fcmgt_4s: maskRow(LANE_CODE['4s'], '>', 'gt'),
  fcmgt_2d: maskRow(LANE_CODE['2d'], '>', 'gt'),
};
