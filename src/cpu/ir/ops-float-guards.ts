/**
 * When wasm's arithmetic is Arm's (law 12): the host rounds to nearest, has no flags and its own NaNs, so a fast path
 * stands behind a test of FPCR and FPSR and a test of its result.
 */

import { FZ, IXC } from '../fp/unit.ts';
import { R } from '../slots.ts';
import { A128, B128, type Code, get, i32c, i64c, when } from './code.ts';
import { i32, i64, w } from './expr.ts';
import { type FloatInstructions, f32, f32x4, f64, f64x2 } from './expr-float.ts';
import { v128 } from './expr-vector.ts';

const RMODE = 3 << 22;
const fpcr = (bits: number): Code => i64.and(get(R.FPCR), i64c(bits));
const ixc = i64.and(get(R.FPSR), i64c(IXC));

/** No denormal is flushed to zero, so that operations without rounding set no flag but Invalid Operation. */
export const NO_FLUSH: Code = i64.eqz(fpcr(FZ));
/** The same, and rounding is to nearest. */
export const NEAREST: Code = i64.eqz(fpcr(RMODE | FZ));
/** The same, and Inexact is set already: IXC is below the bits of FPCR that must be zero. */
export const INEXACT_NEAREST: Code = i64.gt_u(ixc, fpcr(RMODE | FZ));
/** 1 when Inexact is set already. */
export const INEXACT: Code = i32.shr_u(w(ixc), i32c(Math.log2(IXC)));

const ZEROS = v128.constant(new Array(16).fill(0));
/** A vector of a 32-bit or 64-bit value, zeros above it. */
export const low = {
  s: (value: Code): Code => f32x4.replace(ZEROS, 0, value),
  d: (value: Code): Code => f64x2.replace(ZEROS, 0, value),
};
const words = (...values: readonly number[]): Code =>
  v128.constant([...new Uint8Array(Uint32Array.from(values).buffer)]);

/** One shape of operands, so that a body is written once for all. */
export interface LaneCode {
  readonly op: FloatInstructions;
  /** What `op` takes from a v128, and a v128 of what it gives. */
  readonly get: (vector: Code) => Code;
  readonly put: (value: Code) => Code;
  /** Logic of what comparisons give. */
  readonly both: (x: Code, y: Code) => Code;
  readonly either: (x: Code, y: Code) => Code;
  /** Whether a comparison holds for all lanes, an i32. */
  readonly all: (x: Code) => Code;
  readonly zero: Code;
  readonly infinity: Code;
  /** The smallest normal number. */
  readonly tiny: Code;
}

const itself = (code: Code): Code => code;
const scalar = {
  both: i32.and,
  either: (x: Code, y: Code): Code => when(x, i32c(1), y, 'i32'),
  all: itself,
};
const vector = { get: itself, put: itself, both: v128.and, either: v128.or, zero: ZEROS };

export const LANE_CODE = {
  s: {
    ...scalar,
    op: f32,
    get: (x) => f32x4.extract(x, 0),
    put: low.s,
    zero: f32.const(0),
    infinity: f32.const(0x7f80_0000),
    tiny: f32.const(0x0080_0000),
  },
  d: {
    ...scalar,
    op: f64,
    get: (x) => f64x2.extract(x, 0),
    put: low.d,
    zero: f64.const(0),
    infinity: f64.const(Number.POSITIVE_INFINITY),
    tiny: f64.const(2 ** -1022),
  },
  '4s': {
    ...vector,
    op: f32x4,
    all: f32x4.allTrue,
    infinity: words(0x7f80_0000, 0x7f80_0000, 0x7f80_0000, 0x7f80_0000),
    tiny: words(0x0080_0000, 0x0080_0000, 0x0080_0000, 0x0080_0000),
  },
  '2d': {
    ...vector,
    op: f64x2,
    all: f64x2.allTrue,
    infinity: words(0, 0x7ff0_0000, 0, 0x7ff0_0000),
    tiny: words(0, 0x0010_0000, 0, 0x0010_0000),
  },
} as const satisfies Record<string, LaneCode>;
export type FastShape = keyof typeof LANE_CODE;

/** Tests of a result `r`, and of operands where they matter, as `LaneCode.get` gives them. */
export const allNumbers = ({ op, all }: LaneCode, r: Code): Code => all(op.eq(r, r));
export const allFinite = ({ op, all, infinity }: LaneCode, r: Code): Code => all(op.lt(op.abs(r), infinity));
/** Lanes neither tiny, which may be an underflow before rounding, nor infinite or NaN. */
export const normalLanes = ({ op, both, tiny, infinity }: LaneCode, r: Code): Code =>
  both(op.gt(op.abs(r), tiny), op.lt(op.abs(r), infinity));
/** Lanes are normal, or zeros that a zero among the operands explains. */
export const allNormalOrZero = (lane: LaneCode, r: Code, ...operands: readonly Code[]): Code => {
  const { op, both, either, all, zero } = lane;
  const anyZero = operands.map((x) => op.eq(x, zero)).reduce((x, y) => either(x, y));
  return all(either(normalLanes(lane, r), both(op.eq(r, zero), anyZero)));
};

const NARROW = { least: 2 ** -126, beyond: 2 ** 127 };
const double = (x: number): Code => f64x2.splat(f64.const(x));
/** Lanes of doubles that round to a normal single, with neither underflow nor overflow, or that are zeros. */
export const narrows = (x: Code): Code =>
  v128.or(
    v128.and(f64x2.ge(f64x2.abs(x), double(NARROW.least)), f64x2.lt(f64x2.abs(x), double(NARROW.beyond))),
    f64x2.eq(x, ZEROS),
  );

/** Operands of a shape. */
export const laneA = ({ get: lanes }: LaneCode): Code => lanes(A128);
export const laneB = ({ get: lanes }: LaneCode): Code => lanes(B128);
