/** IR ops of conversion between vectors of floats and vectors of integers or of the other precision, with fast paths. */

import { A128, assign, type Code, i32c, L128, type Token, use, when } from './code.ts';
import { i32 } from './expr.ts';
import { f32x4, f64, f64x2, truncate } from './expr-float.ts';
import { i32x4, i64x2, v128 } from './expr-vector.ts';
import { allNumbers, INEXACT, INEXACT_NEAREST, LANE_CODE, NO_FLUSH, narrows } from './ops-float-guards.ts';
import { value } from './row.ts';
import { repeated, ZEROS } from './vector-lanes.ts';

const SLOW: Token = { kind: 'slowFloat' };
const [X] = L128;

/** A function of each half of operand a, an i64, that gives doubles or i64s. */
const halves = (lanes: typeof i64x2 | typeof f64x2, get: (half: 0 | 1) => Code): Code =>
  lanes.replace(lanes.replace(ZEROS, 0, get(0)), 1, get(1));

const SIGNS = ['s', 'u'] as const;
const SIGN_NAMES = { s: 'signed', u: 'unsigned' };
/** Both shapes: the wasm conversions by signedness, and float constants in every lane. */
const SHAPES = {
  '4s': {
    bits: 32,
    from: { s: f32x4.convert_s(A128), u: f32x4.convert_u(A128) },
    to: { s: i32x4.trunc_s, u: i32x4.trunc_u },
    constant: (x: number): Code => repeated(32, BigInt(new DataView(Float32Array.of(x).buffer).getUint32(0, true))),
    integers: i32x4,
    exact: 24,
  },
  '2d': {
    bits: 64,
    from: {
      s: halves(f64x2, (half) => f64.convert_i64_s(i64x2.extract(A128, half))),
      u: halves(f64x2, (half) => f64.convert_i64_u(i64x2.extract(A128, half))),
    },
    to: {
      s: (x: Code): Code => halves(i64x2, (half) => truncate.i64_s(f64x2.extract(x, half))),
      u: (x: Code): Code => halves(i64x2, (half) => truncate.i64_u(f64x2.extract(x, half))),
    },
    constant: (x: number): Code => repeated(64, new DataView(Float64Array.of(x).buffer).getBigUint64(0, true)),
    integers: i64x2,
    exact: 53,
  },
} as const;
type VectorShape = keyof typeof SHAPES;
const SHAPE_NAMES = ['4s', '2d'] as const;

const row = value(['vd', 'va', 'immHigh']);

/** Integers whose magnitude has so few bits convert exactly. */
function fromIntegers(shape: VectorShape, sign: 's' | 'u'): Code {
  const { bits, from, integers, exact } = SHAPES[shape];
  const magnitude = sign === 's' ? v128.xor(A128, integers.shr_s(A128, i32c(bits - 1))) : A128;
  const isExact = i32.eqz(v128.anyTrue(integers.shr_u(magnitude, i32c(exact))));
  return when(i32.or(isExact, INEXACT_NEAREST), from[sign], SLOW, 'v128');
}

const ROUNDINGS = [
  { letter: 'n', op: 'nearest', doc: 'to nearest, ties to even' },
  { letter: 'p', op: 'ceil', doc: 'up' },
  { letter: 'm', op: 'floor', doc: 'down' },
  { letter: 'z', op: 'trunc', doc: 'toward zero' },
] as const;

/** Exact, or Inexact is set already; and in range, which a NaN is not. */
function toIntegers(shape: VectorShape, sign: 's' | 'u', op: (typeof ROUNDINGS)[number]['op']): Code {
  const { bits, to, constant } = SHAPES[shape];
  const lanes = LANE_CODE[shape];
  const rounded = use(X);
  const [least, beyond] = sign === 's' ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits];
  const inRange = v128.and(lanes.op.ge(rounded, constant(least)), lanes.op.lt(rounded, constant(beyond)));
  return [
    assign(X, lanes.op[op](A128)),
    when(
      i32.and(i32.and(NO_FLUSH, lanes.all(inRange)), i32.or(INEXACT, lanes.all(lanes.op.eq(rounded, A128)))),
      to[sign](rounded),
      SLOW,
      'v128',
    ),
  ];
}

type Row = ReturnType<typeof row>;
const fromOps = Object.fromEntries(
  SHAPE_NAMES.flatMap((shape) =>
    SIGNS.map((sign) => [
      `${sign}cvtf_${shape}`,
      row(`vd = floats of the ${SIGN_NAMES[sign]} integers in va, lanes ${shape}`, fromIntegers(shape, sign)),
    ]),
  ),
) as Record<`${'s' | 'u'}cvtf_${VectorShape}`, Row>;
const toOps = Object.fromEntries(
  SHAPE_NAMES.flatMap((shape) =>
    SIGNS.flatMap((sign) =>
      ROUNDINGS.map(({ letter, op, doc }) => [
        `fcvt${letter}${sign}_${shape}`,
        row(`vd = ${SIGN_NAMES[sign]} integers of va rounded ${doc}, lanes ${shape}`, toIntegers(shape, sign, op)),
      ]),
    ),
  ),
) as Record<`fcvt${(typeof ROUNDINGS)[number]['letter']}${'s' | 'u'}_${VectorShape}`, Row>;

export const FLOAT_CONVERT_VECTOR_OPS = {
  ...fromOps,
  ...toOps,
  fcvt_2d_2s: row('vd = double precision of the lower two singles in va', [
    assign(X, f64x2.promote(A128)),
    when(i32.and(NO_FLUSH, allNumbers(LANE_CODE['2d'], use(X))), use(X), SLOW, 'v128'),
  ]),
  fcvt_2s_2d: row(
    'vd = single precision of the doubles in va, zeros above',
    when(i32.and(INEXACT_NEAREST, f64x2.allTrue(narrows(A128))), f32x4.demote(A128), SLOW, 'v128'),
  ),
};
