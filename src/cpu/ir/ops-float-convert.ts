/** IR ops of conversion between floats and between floats and the integers of general registers, with fast paths. */

import { A, A128, assign, type Code, i64c, L64, L128, type Token, tee, use, when } from './code.ts';
import { i32, i64, w, zext } from './expr.ts';
import { f32, f32x4, f64, f64x2, truncate } from './expr-float.ts';
import { i64x2 } from './expr-vector.ts';
import {
  allNumbers,
  INEXACT,
  INEXACT_NEAREST,
  LANE_CODE,
  laneA,
  low,
  NO_FLUSH,
  normalLanes,
} from './ops-float-guards.ts';
import { value } from './row.ts';

const SLOW: Token = { kind: 'slowFloat' };
const [X, ROUNDED] = L128;
const [INTEGER] = L64;

/** Operands as f64, which holds both formats. */
const SOURCES = { s: f64.promote(f32x4.extract(A128, 0)), d: f64x2.extract(A128, 0) };
const ROUNDINGS = [
  { letter: 'n', doc: 'to nearest, ties to even', op: f64.nearest },
  { letter: 'p', doc: 'up', op: f64.ceil },
  { letter: 'm', doc: 'down', op: f64.floor },
  { letter: 'z', doc: 'toward zero', op: f64.trunc },
] as const;
/** Integers by signedness and register: the lowest, the first above, and the conversion. */
const INTEGERS = [
  { sign: 's', reg: 'w', least: -(2 ** 31), beyond: 2 ** 31, to: (x: Code) => zext(truncate.i32_s(x)) },
  { sign: 'u', reg: 'w', least: 0, beyond: 2 ** 32, to: (x: Code) => zext(truncate.i32_u(x)) },
  { sign: 's', reg: 'x', least: -(2 ** 63), beyond: 2 ** 63, to: truncate.i64_s },
  { sign: 'u', reg: 'x', least: 0, beyond: 2 ** 64, to: truncate.i64_u },
] as const;

/** Exact, or Inexact is set already; and in range, which a NaN is not. */
function toInteger(source: Code, round: (x: Code) => Code, { least, beyond, to }: (typeof INTEGERS)[number]): Code {
  const x = f64x2.extract(use(X), 0);
  const rounded = f64x2.extract(use(ROUNDED), 0);
  const inRange = i32.and(f64.ge(rounded, f64.const(least)), f64.lt(rounded, f64.const(beyond)));
  return [
    assign(X, low.d(source)),
    assign(ROUNDED, low.d(round(x))),
    when(
      i32.and(i32.and(NO_FLUSH, inRange), i32.or(INEXACT, f64.eq(rounded, x))),
      to(rounded),
      i64x2.extract(SLOW, 0),
      'i64',
    ),
  ];
}

const toIntegerRow = value(['d', 'va', 'immHigh']);
type ToIntegerName =
  `fcvt${(typeof ROUNDINGS)[number]['letter']}${(typeof INTEGERS)[number]['sign']}_${'w' | 'x'}_${'s' | 'd'}`;
const toIntegerOps = Object.fromEntries(
  ROUNDINGS.flatMap(({ letter, doc, op }) =>
    INTEGERS.flatMap((integer) =>
      (['s', 'd'] as const).map((from) => [
        `fcvt${letter}${integer.sign}_${integer.reg}_${from}`,
        toIntegerRow(
          `d = ${integer.sign === 's' ? 'signed' : 'unsigned'} integer of va rounded ${doc}`,
          toInteger(SOURCES[from], op, integer),
        ),
      ]),
    ),
  ),
) as Record<ToIntegerName, ReturnType<typeof toIntegerRow>>;

/** Integers of at most this magnitude convert exactly. */
const EXACT = { s: 2 ** 24, d: 2 ** 53 };
const CONVERT = {
  s: { s: (x: Code) => low.s(f32.convert_i64_s(x)), u: (x: Code) => low.s(f32.convert_i64_u(x)) },
  d: { s: (x: Code) => low.d(f64.convert_i64_s(x)), u: (x: Code) => low.d(f64.convert_i64_u(x)) },
};
const OPERAND = {
  s: { w: i64.extend32_s(A), x: A },
  u: { w: zext(w(A)), x: A },
};

function fromInteger(to: 's' | 'd', sign: 's' | 'u', reg: 'w' | 'x'): Code {
  const limit = EXACT[to];
  const x = tee(INTEGER, OPERAND[sign][reg]);
  const exact = sign === 's' ? i64.le_u(i64.add(x, i64c(limit)), i64c(2 * limit)) : i64.le_u(x, i64c(limit));
  return when(i32.or(exact, INEXACT_NEAREST), CONVERT[to][sign](use(INTEGER)), SLOW, 'v128');
}

const fromIntegerRow = value(['vd', 'a', 'immHigh']);
type FromIntegerName = `${'s' | 'u'}cvtf_${'s' | 'd'}_${'w' | 'x'}`;
const fromIntegerOps = Object.fromEntries(
  (['s', 'u'] as const).flatMap((sign) =>
    (['s', 'd'] as const).flatMap((to) =>
      (['w', 'x'] as const).map((reg) => [
        `${sign}cvtf_${to}_${reg}`,
        fromIntegerRow(
          `vd = float of the ${sign === 's' ? 'signed' : 'unsigned'} integer a`,
          fromInteger(to, sign, reg),
        ),
      ]),
    ),
  ),
) as Record<FromIntegerName, ReturnType<typeof fromIntegerRow>>;

const precisionRow = value(['vd', 'va', 'immHigh']);
const { s: LANE_S, d: LANE_D } = LANE_CODE;

export const FLOAT_CONVERT_OPS = {
  ...toIntegerOps,
  ...fromIntegerOps,
  fcvt_d_s: precisionRow('vd = double precision of single va', [
    assign(X, low.d(f64.promote(laneA(LANE_S)))),
    when(i32.and(NO_FLUSH, allNumbers(LANE_D, LANE_D.get(use(X)))), use(X), SLOW, 'v128'),
  ]),
  fcvt_s_d: precisionRow('vd = single precision of double va', [
    assign(X, low.s(f32.demote(laneA(LANE_D)))),
    when(
      i32.and(INEXACT_NEAREST, i32.or(normalLanes(LANE_S, LANE_S.get(use(X))), f64.eq(laneA(LANE_D), LANE_D.zero))),
      use(X),
      SLOW,
      'v128',
    ),
  ]),
};
