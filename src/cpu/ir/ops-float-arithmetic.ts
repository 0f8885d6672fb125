/** IR ops of floating-point arithmetic with a fast path in wasm, scalar and for whole vectors. */

import { assign, type Code, L128, use, when } from './code.ts';
import { i32 } from './expr.ts';
import type { FloatInstructions } from './expr-float.ts';
import {
  allFinite,
  allNormalOrZero,
  allNumbers,
  type FastShape,
  INEXACT_NEAREST,
  LANE_CODE,
  type LaneCode,
  laneA,
  laneB,
  NEAREST,
  NO_FLUSH,
} from './ops-float-guards.ts';
import { value } from './row.ts';

const [R] = L128;

const unaryRow = value(['vd', 'va', 'immHigh']);
const binaryRow = value(['vd', 'va', 'vb', 'immHigh']);

/** `guard` of FPCR and FPSR, and `test` of the result, which is in `R`; else the exact library. */
const guarded = (lane: LaneCode, fast: Code, guard: Code, test: (r: Code) => Code): Code => [
  assign(R, lane.put(fast)),
  when(i32.and(guard, test(lane.get(use(R)))), use(R), { kind: 'slowFloat' }, 'v128'),
];

type Arithmetic = (lane: LaneCode) => Code;

/** Sums have no underflow: a tiny one is exact. */
const sum =
  (op: 'add' | 'sub'): Arithmetic =>
  (lane) =>
    guarded(lane, lane.op[op](laneA(lane), laneB(lane)), INEXACT_NEAREST, (r) => allFinite(lane, r));

const product =
  (negate: boolean): Arithmetic =>
  (lane) => {
    const ab = lane.op.mul(laneA(lane), laneB(lane));
    return guarded(lane, negate ? lane.op.neg(ab) : ab, INEXACT_NEAREST, (r) =>
      allNormalOrZero(lane, r, laneA(lane), laneB(lane)),
    );
  };

const quotient: Arithmetic = (lane) =>
  guarded(lane, lane.op.div(laneA(lane), laneB(lane)), INEXACT_NEAREST, (r) => allNormalOrZero(lane, r, laneA(lane)));

/** wasm orders -0 below +0 as Arm does. */
const extreme =
  (op: 'min' | 'max'): Arithmetic =>
  (lane) =>
    guarded(lane, lane.op[op](laneA(lane), laneB(lane)), NO_FLUSH, (r) => allNumbers(lane, r));

const root: Arithmetic = (lane) => guarded(lane, lane.op.sqrt(laneA(lane)), INEXACT_NEAREST, (r) => allFinite(lane, r));

/** Rounding to an integral value sets no flag but FRINTX's Inexact. */
const integral =
  (op: keyof FloatInstructions & ('nearest' | 'ceil' | 'floor' | 'trunc'), guard: Code): Arithmetic =>
  (lane) =>
    guarded(lane, lane.op[op](laneA(lane)), guard, (r) => allNumbers(lane, r));

/** Rows `name_shape` of one function. */
function rows<N extends string, Row>(
  name: N,
  row: (doc: string, body: Code) => Row,
  doc: string,
  arithmetic: Arithmetic,
): Record<`${N}_${FastShape}`, Row> {
  return Object.fromEntries(
    Object.entries(LANE_CODE).map(([shape, lane]) => [
      `${name}_${shape}`,
      row(`${doc}, lanes ${shape}`, arithmetic(lane)),
    ]),
  ) as Record<`${N}_${FastShape}`, Row>;
}

export const FLOAT_UNARY_OPS = {
  ...rows('fsqrt', unaryRow, 'vd = square root of va', root),
  ...rows(
    'frintn',
    unaryRow,
    'vd = va rounded to the nearest integral value, ties to even',
    integral('nearest', NO_FLUSH),
  ),
  ...rows('frintp', unaryRow, 'vd = va rounded to an integral value, up', integral('ceil', NO_FLUSH)),
  ...rows('frintm', unaryRow, 'vd = va rounded to an integral value, down', integral('floor', NO_FLUSH)),
  ...rows('frintz', unaryRow, 'vd = va rounded to an integral value, toward zero', integral('trunc', NO_FLUSH)),
  ...rows('frinti', unaryRow, 'vd = va rounded to an integral value by FPCR', integral('nearest', NEAREST)),
  ...rows(
    'frintx',
    unaryRow,
    'vd = va rounded to an integral value by FPCR, exactly',
    integral('nearest', INEXACT_NEAREST),
  ),
};

export const FLOAT_BINARY_OPS = {
  ...rows('fadd', binaryRow, 'vd = va + vb', sum('add')),
  ...rows('fsub', binaryRow, 'vd = va - vb', sum('sub')),
  ...rows('fmul', binaryRow, 'vd = va * vb', product(false)),
  ...rows('fmulx', binaryRow, 'vd = va * vb, 2 where a zero meets an infinity', product(false)),
  ...rows('fnmul', binaryRow, 'vd = -(va * vb)', product(true)),
  ...rows('fdiv', binaryRow, 'vd = va / vb', quotient),
  ...rows('fmax', binaryRow, 'vd = greater of va and vb', extreme('max')),
  ...rows('fmin', binaryRow, 'vd = lesser of va and vb', extreme('min')),
  ...rows('fmaxnm', binaryRow, 'vd = greater number of va and vb', extreme('max')),
  ...rows('fminnm', binaryRow, 'vd = lesser number of va and vb', extreme('min')),
};
