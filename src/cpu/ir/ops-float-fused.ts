/**
 * IR ops of fused multiply-add with a fast path (law 12): wasm has no such instruction, but sums and products of doubles
 * can be had together with their exact errors, so that one rounding is left at the end.
 */

import { A128, assign, B128, C128, type Code, i32c, L128, type Token, tee, use, when } from './code.ts';
import { i32, w } from './expr.ts';
import { f32x4, f64, f64x2 } from './expr-float.ts';
import { i64x2, v128 } from './expr-vector.ts';
import { INEXACT_NEAREST, narrows } from './ops-float-guards.ts';
import { value } from './row.ts';
import { repeated, ZEROS } from './vector-lanes.ts';

const SLOW: Token = { kind: 'slowFloat' };
const ONES = repeated(64, 1n);
const double = (x: number): Code => f64x2.splat(f64.const(x));

/** The low lane of the result alone. */
const LOW = { s: v128.constant(lowBytes(4)), d: v128.constant(lowBytes(8)) };
function lowBytes(count: number): number[] {
  return Array.from({ length: 16 }, (_, i) => (i < count ? 0xff : 0));
}

const { add, sub, mul, neg, abs, max, eq, lt, ge } = f64x2;

/** The error of `sum`, which is x + y rounded, exactly (Knuth's TwoSum); `t` is scratch. */
const sumError = (x: Code, y: Code, sum: Code, t: (typeof L128)[number]): Code => [
  assign(t, sub(sum, x)),
  add(sub(x, sub(sum, use(t))), sub(y, use(t))),
];

/**
 * sum + error rounded to odd: of the doubles on both sides of an inexact sum the one with an odd fraction, so that a
 * second rounding to fewer bits, or after a sum with something larger, is right (Boldo and Melquiond, "Emulation of a FMA
 * and Correctly Rounded Sums", IEEE Transactions on Computers 57, 2008).
 */
function toOdd(sum: Code, error: Code): Code {
  const step = v128.or(i64x2.shr_s(v128.xor(sum, error), i32c(63)), ONES);
  const isEven = i64x2.eq(v128.and(sum, ONES), ZEROS);
  return i64x2.add(sum, v128.and(step, v128.andnot(isEven, eq(error, ZEROS))));
}

/** Both lanes of a mask, or only the low one. */
const holds = (mask: Code, lanes: number): Code =>
  lanes === 1 ? w(i64x2.extract(mask, 0)) : i32.and(w(i64x2.extract(mask, 0)), w(i64x2.extract(mask, 1)));

interface Signs {
  readonly product: boolean;
  readonly addend: boolean;
}
const signed = (negate: boolean, x: Code): Code => (negate ? neg(x) : x);

/** Two singles as doubles, whose product is exact: what is left in `to` is the sum rounded to odd. */
function twoSingles(half: (x: Code) => Code, signs: Signs, to: (typeof L128)[number]): Code {
  const [product, addend, sum, t] = L128;
  const operand = (x: Code): Code => f64x2.promote(half(x));
  return [
    assign(product, signed(signs.product, mul(operand(A128), operand(B128)))),
    assign(addend, signed(signs.addend, operand(C128))),
    assign(sum, add(use(product), use(addend))),
    assign(product, sumError(use(product), use(addend), use(sum), t)),
    assign(to, toOdd(use(sum), use(product))),
  ];
}
const lowHalf = (x: Code): Code => x;
const highHalf = (x: Code): Code =>
  v128.shuffle(
    x,
    x,
    Array.from({ length: 16 }, (_, i) => 8 + (i % 8)),
  );
const [LOWER, UPPER] = L128.slice(4);

const single = (signs: Signs): Code => [
  twoSingles(lowHalf, signs, LOWER),
  when(
    i32.and(INEXACT_NEAREST, holds(narrows(use(LOWER)), 1)),
    v128.and(f32x4.demote(use(LOWER)), LOW.s),
    SLOW,
    'v128',
  ),
];
const fourSingles = (signs: Signs): Code => [
  twoSingles(lowHalf, signs, LOWER),
  twoSingles(highHalf, signs, UPPER),
  when(
    i32.and(INEXACT_NEAREST, holds(v128.and(narrows(use(LOWER)), narrows(use(UPPER))), 2)),
    i64x2.replace(f32x4.demote(use(LOWER)), 1, i64x2.extract(f32x4.demote(use(UPPER)), 0)),
    SLOW,
    'v128',
  ),
];

/** Veltkamp's constant: splits a double into two of 26 bits. */
const SPLIT = double(2 ** 27 + 1);
/** Below these the error of a product may underflow, a result may. */
const PRODUCT_LEAST = double(2 ** -900);
const RESULT_TINY = double(2 ** -1022);
/** Operands below it make neither infinities nor NaNs with a zero. */
const FINITE = double(2 ** 990);

/** Upper part of x; `t` is scratch. */
const upperPart = (x: Code, t: (typeof L128)[number]): Code => [assign(t, mul(x, SPLIT)), sub(use(t), sub(use(t), x))];

function doubles(signs: Signs, lanes: 1 | 2): Code {
  const [product, x, y, s, t, error] = L128;
  const addend = signed(signs.addend, C128);
  // Dekker's product: x and y are the upper parts of the factors, s and t the lower ones.
  const exactProduct: Code = [
    assign(product, mul(A128, B128)),
    assign(x, upperPart(A128, t)),
    assign(y, upperPart(B128, t)),
    assign(s, sub(A128, use(x))),
    assign(t, sub(B128, use(y))),
    assign(
      error,
      add(
        add(add(sub(mul(use(x), use(y)), use(product)), mul(use(x), use(t))), mul(use(s), use(y))),
        mul(use(s), use(t)),
      ),
    ),
    signs.product ? [assign(product, neg(use(product))), assign(error, neg(use(error)))] : [],
  ];
  // The exact sum is x + (y + error). Rounded, y + error is off by less than t, so that x has the right rounding where
  // both ends of that range give it the same; infinities and NaNs on the way make the difference of these a NaN.
  const rounded: Code = [
    assign(x, add(use(product), addend)),
    assign(y, sumError(use(product), addend, use(x), t)),
    assign(error, add(use(y), use(error))),
    assign(t, mul(use(error), double(2 ** -52))),
    assign(y, add(use(x), sub(use(error), use(t)))),
    assign(x, add(use(x), add(use(error), use(t)))),
  ];
  const isCertain = v128.and(
    eq(sub(use(x), use(y)), ZEROS),
    v128.and(ge(abs(use(product)), PRODUCT_LEAST), lt(RESULT_TINY, abs(use(x)))),
  );
  // A zero times a number: the sum with the other addend has its sign, too.
  const isZero = v128.and(
    v128.and(eq(use(product), ZEROS), v128.or(eq(A128, ZEROS), eq(B128, ZEROS))),
    lt(max(max(abs(A128), abs(B128)), abs(C128)), FINITE),
  );
  const result = (sum: Code): Code => (lanes === 1 ? v128.and(sum, LOW.d) : sum);
  return [
    exactProduct,
    rounded,
    when(
      i32.and(INEXACT_NEAREST, holds(tee(t, isCertain), lanes)),
      result(use(x)),
      when(
        i32.and(INEXACT_NEAREST, holds(v128.or(use(t), isZero), lanes)),
        result(v128.bitselect(add(use(product), addend), use(x), isZero)),
        SLOW,
        'v128',
      ),
      'v128',
    ),
  ];
}

const BODIES = {
  s: single,
  '4s': fourSingles,
  d: (signs: Signs): Code => doubles(signs, 1),
  '2d': (signs: Signs): Code => doubles(signs, 2),
};
type FusedShape = keyof typeof BODIES;

const row = value(['vd', 'va', 'vb', 'vc', 'immHigh']);

/** Rows `name_shape` of one function. */
const rows = <N extends string>(name: N, doc: string, signs: Signs) =>
  Object.fromEntries(
    Object.entries(BODIES).map(([shape, body]) => [
      `${name}_${shape}`,
      row(`vd = ${doc}, lanes ${shape}`, body(signs)),
    ]),
  ) as Record<`${N}_${FusedShape}`, ReturnType<typeof row>>;

export const FLOAT_FUSED_OPS = {
  ...rows('fmadd', 'vc + va * vb', { product: false, addend: false }),
  ...rows('fmsub', 'vc - va * vb', { product: true, addend: false }),
  ...rows('fnmadd', '-vc - va * vb', { product: true, addend: true }),
  ...rows('fnmsub', 'va * vb - vc', { product: false, addend: true }),
};
