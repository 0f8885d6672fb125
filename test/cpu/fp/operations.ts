/** The operations under test: library function, model function, and the instruction that does the same, side by side. */

import { add, subtract } from '../../../src/cpu/fp/add.ts';
import { compare, compareEqual, compareGreater, compareGreaterEqual } from '../../../src/cpu/fp/compare.ts';
import { convert } from '../../../src/cpu/fp/convert.ts';
import { divide } from '../../../src/cpu/fp/divide.ts';
import {
  reciprocalEstimate,
  reciprocalExponent,
  rsqrtEstimate,
  unsignedReciprocalEstimate,
  unsignedRsqrtEstimate,
} from '../../../src/cpu/fp/estimates.ts';
import { fromFixed, toFixed } from '../../../src/cpu/fp/fixed.ts';
import { F16, F32, F64, type Format } from '../../../src/cpu/fp/format.ts';
import { multiplyAdd, reciprocalStep, rsqrtStep } from '../../../src/cpu/fp/fused.ts';
import { roundToIntegral } from '../../../src/cpu/fp/integral.ts';
import { maximum, maximumNumber, minimum, minimumNumber } from '../../../src/cpu/fp/max-min.ts';
import { multiply, multiplyExtended } from '../../../src/cpu/fp/multiply.ts';
import {
  NEGINF,
  ODD,
  POSINF,
  type Rounding,
  roundingMode,
  TIEAWAY,
  TIEEVEN,
  ZERO,
} from '../../../src/cpu/fp/rounding.ts';
import { squareRoot } from '../../../src/cpu/fp/square-root.ts';
import type { FpUnit } from '../../../src/cpu/fp/unit.ts';
import type { Model, RoundingName, Width } from './model.ts';
import * as slow from './model-operations.ts';

/** A floating-point value in a SIMD&FP register, or an integer in a general register. */
export type Kind = 'f16' | 'f32' | 'f64' | 'i32' | 'i64';

export interface Operation {
  readonly name: string;
  readonly operands: readonly Kind[];
  /** What it returns; flags and masks are 'i32'. */
  readonly result: Kind;
  /** Operands in d0, d1, d2 or x0; result in d0 or x0. Absent where Armv8.0 has no such instruction. */
  readonly assembly: string | undefined;
  readonly model: (m: Model, operands: readonly bigint[]) => bigint;
  readonly run: (fp: FpUnit, operands: readonly Words[]) => void;
}

/** An operand as the library takes it. */
export interface Words {
  readonly hi: number;
  readonly lo: number;
}

/** A width with the format and the register letter that belong to it. */
interface Scalar {
  readonly N: Width;
  readonly format: Format;
  readonly kind: Kind;
  readonly letter: string;
}
const H: Scalar = { N: 16, format: F16, kind: 'f16', letter: 'h' };
const S: Scalar = { N: 32, format: F32, kind: 'f32', letter: 's' };
const D: Scalar = { N: 64, format: F64, kind: 'f64', letter: 'd' };

const ROUNDINGS: readonly (readonly [letter: string, number: Rounding, name: RoundingName])[] = [
  ['n', TIEEVEN, 'TIEEVEN'],
  ['p', POSINF, 'POSINF'],
  ['m', NEGINF, 'NEGINF'],
  ['z', ZERO, 'ZERO'],
  ['a', TIEAWAY, 'TIEAWAY'],
];

type Unary = (fp: FpUnit, format: Format, hi: number, lo: number) => void;
type Binary = (fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number) => void;
type SlowBinary = (m: Model, N: Width, a: bigint, b: bigint) => bigint;

/** Half precision has no arithmetic in Armv8.0: the library is checked against the model alone. */
const scalarOnly = ({ letter }: Scalar, text: string): string | undefined => (letter === 'h' ? undefined : text);

function unary(s: Scalar, name: string, run: Unary, model: (m: Model, N: Width, a: bigint) => bigint): Operation {
  return {
    name: `${name} ${s.letter}`,
    operands: [s.kind],
    result: s.kind,
    assembly: scalarOnly(s, `${name} ${s.letter}0, ${s.letter}0`),
    model: (m, [a]) => model(m, s.N, a),
    run: (fp, [a]) => run(fp, s.format, a.hi, a.lo),
  };
}

function binary(s: Scalar, name: string, run: Binary, model: SlowBinary): Operation {
  const { letter, kind } = s;
  return {
    name: `${name} ${letter}`,
    operands: [kind, kind],
    result: kind,
    assembly: scalarOnly(s, `${name} ${letter}0, ${letter}0, ${letter}1`),
    model: (m, [a, b]) => model(m, s.N, a, b),
    run: (fp, [a, b]) => run(fp, s.format, a.hi, a.lo, b.hi, b.lo),
  };
}

function arithmetic(s: Scalar): Operation[] {
  const { N, format, letter, kind } = s;
  return [
    binary(s, 'fadd', add, slow.FPAdd),
    binary(s, 'fsub', subtract, slow.FPSub),
    binary(s, 'fmul', multiply, slow.FPMul),
    binary(s, 'fmulx', multiplyExtended, (m, w, a, b) => slow.FPMul(m, w, a, b, true)),
    binary(s, 'fdiv', divide, slow.FPDiv),
    binary(s, 'fmax', maximum, (m, w, a, b) => slow.FPMaxMin(m, w, true, a, b)),
    binary(s, 'fmin', minimum, (m, w, a, b) => slow.FPMaxMin(m, w, false, a, b)),
    binary(s, 'fmaxnm', maximumNumber, (m, w, a, b) => slow.FPMaxMinNum(m, w, true, a, b)),
    binary(s, 'fminnm', minimumNumber, (m, w, a, b) => slow.FPMaxMinNum(m, w, false, a, b)),
    binary(s, 'frecps', reciprocalStep, (m, w, a, b) => slow.FPStep(m, w, 2n, 1n, a, b)),
    binary(s, 'frsqrts', rsqrtStep, (m, w, a, b) => slow.FPStep(m, w, 3n, 2n, a, b)),
    unary(s, 'fsqrt', squareRoot, slow.FPSqrt),
    unary(s, 'frecpe', reciprocalEstimate, slow.FPRecipEstimate),
    unary(s, 'frsqrte', rsqrtEstimate, slow.FPRSqrtEstimate),
    unary(s, 'frecpx', reciprocalExponent, slow.FPRecpX),
    {
      name: `fmadd ${letter}`,
      operands: [kind, kind, kind],
      result: kind,
      assembly: scalarOnly(s, `fmadd ${letter}0, ${letter}1, ${letter}2, ${letter}0`),
      model: (m, [c, a, b]) => slow.FPMulAdd(m, N, c, a, b),
      run: (fp, [c, a, b]) => multiplyAdd(fp, format, c.hi, c.lo, a.hi, a.lo, b.hi, b.lo),
    },
  ];
}

function comparisons(s: Scalar): Operation[] {
  const { N, format, letter, kind } = s;
  const flags = (name: string, signalAll: boolean): Operation => ({
    name: `${name} ${letter}`,
    operands: [kind, kind],
    result: 'i32',
    assembly: scalarOnly(s, `${name} ${letter}0, ${letter}1\n  mrs x0, nzcv\n  lsr x0, x0, #28`),
    model: (m, [a, b]) => slow.FPCompare(m, N, signalAll, a, b),
    run: (fp, [a, b]) => {
      fp.hi = 0;
      fp.lo = compare(fp, format, a.hi, a.lo, b.hi, b.lo, signalAll);
    },
  });
  const mask = (name: string, run: typeof compareEqual, conditions: readonly bigint[]): Operation => ({
    name: `${name} ${letter}`,
    operands: [kind, kind],
    result: 'i32',
    assembly: scalarOnly(s, `${name} ${letter}0, ${letter}0, ${letter}1\n  fmov x0, d0\n  and x0, x0, #1`),
    model: (m, [a, b]) => (conditions.includes(slow.FPCompare(m, N, name !== 'fcmeq', a, b)) ? 1n : 0n),
    run: (fp, [a, b]) => {
      fp.hi = 0;
      fp.lo = run(fp, format, a.hi, a.lo, b.hi, b.lo) ? 1 : 0;
    },
  });
  return [
    flags('fcmp', false),
    flags('fcmpe', true),
    mask('fcmeq', compareEqual, [0b0110n]),
    mask('fcmge', compareGreaterEqual, [0b0110n, 0b0010n]),
    mask('fcmgt', compareGreater, [0b0010n]),
  ];
}

function integrals(s: Scalar): Operation[] {
  const by = (name: string, exact: boolean, number?: Rounding, roundingName?: RoundingName): Operation =>
    unary(
      s,
      name,
      (fp, format, hi, lo) => roundToIntegral(fp, format, number ?? roundingMode(fp), exact, hi, lo),
      (m, N, a) => slow.FPRoundInt(m, N, roundingName ?? m.rounding, exact, a),
    );
  return [
    ...ROUNDINGS.map(([letter, number, name]) => by(`frint${letter}`, false, number, name)),
    by('frinti', false),
    by('frintx', true),
  ];
}

function conversion(to: Scalar, from: Scalar, name = 'fcvt', odd = false): Operation {
  return {
    name: `${name} ${to.letter} ${from.letter}`,
    operands: [from.kind],
    result: to.kind,
    assembly: `${name} ${to.letter}0, ${from.letter}0`,
    model: (m, [a]) => slow.FPConvert(m, to.N, from.N, odd ? 'ODD' : m.rounding, a),
    run: (fp, [a]) => convert(fp, to.format, from.format, odd ? ODD : roundingMode(fp), a.hi, a.lo),
  };
}

/** From and to integers and fixed point of one width and signedness. */
function integers(s: Scalar, width: 32 | 64, unsigned: boolean): Operation[] {
  const u = unsigned ? 'u' : 's';
  const kind: Kind = width === 32 ? 'i32' : 'i64';
  const register = width === 32 ? 'w0' : 'x0';
  const fixed = (fbits: number): string => (fbits === 0 ? '' : `, #${fbits}`);
  const to = ([letter, number, name]: (typeof ROUNDINGS)[number], fbits: number): Operation => ({
    name: `fcvt${letter}${u} ${register} ${s.letter}${fixed(fbits)}`,
    operands: [s.kind],
    result: kind,
    assembly: scalarOnly(s, `fcvt${letter}${u} ${register}, ${s.letter}0${fixed(fbits)}`),
    model: (m, [a]) => slow.FPToFixed(m, s.N, name, width, unsigned, fbits, a),
    run: (fp, [a]) => toFixed(fp, s.format, number, width, unsigned, fbits, a.hi, a.lo),
  });
  const from = (fbits: number): Operation => ({
    name: `${u}cvtf ${s.letter} ${register}${fixed(fbits)}`,
    operands: [kind],
    result: s.kind,
    assembly: scalarOnly(s, `${u}cvtf ${s.letter}0, ${register}${fixed(fbits)}`),
    model: (m, [a]) => slow.FixedToFP(m, s.N, width, unsigned, fbits, a),
    run: (fp, [a]) => {
      const extension = width === 32 && !unsigned ? a.lo >> 31 : 0;
      const hi = width === 32 ? extension >>> 0 : a.hi;
      fromFixed(fp, s.format, roundingMode(fp), unsigned, fbits, hi, a.lo);
    },
  });
  return [
    ...ROUNDINGS.map((rounding) => to(rounding, 0)),
    ...[1, 17, width].map((fbits) => to(ROUNDINGS[3], fbits)),
    ...[0, 1, 17, width].map(from),
  ];
}

/** AArch32 has fixed-point numbers of 16 bits, A64 has not. */
function toFixed16(s: Scalar, unsigned: boolean): Operation {
  return {
    name: `vcvt.${unsigned ? 'u' : 's'}16 ${s.letter}`,
    operands: [s.kind],
    result: 'i32',
    assembly: undefined,
    model: (m, [a]) => slow.FPToFixed(m, s.N, 'ZERO', 16, unsigned, 3, a),
    run: (fp, [a]) => toFixed(fp, s.format, ZERO, 16, unsigned, 3, a.hi, a.lo),
  };
}

function integerEstimate(name: string, run: (operand: number) => number, model: (a: bigint) => bigint): Operation {
  return {
    name,
    operands: ['i32'],
    result: 'i32',
    assembly: `${name} v0.2s, v0.2s\n  fmov w0, s0`,
    model: (_, [a]) => model(a),
    run: (fp, [a]) => {
      fp.hi = 0;
      fp.lo = run(a.lo);
    },
  };
}

/** Every operation; the recorded outcomes are in this order. */
export const OPERATIONS: readonly Operation[] = [
  ...[H, S, D].flatMap((s) => [...arithmetic(s), ...comparisons(s), ...integrals(s)]),
  // biome-ignore format: pairs of formats
  ...[[H, S], [H, D], [S, H], [S, D], [D, H], [D, S]].map(([to, from]) => conversion(to, from)),
  conversion(S, D, 'fcvtxn', true),
  ...[S, D].flatMap((s) => ([32, 64] as const).flatMap((width) => [false, true].flatMap((u) => integers(s, width, u)))),
  ...[S, D].flatMap((s) => [toFixed16(s, false), toFixed16(s, true)]),
  integerEstimate('urecpe', unsignedReciprocalEstimate, slow.UnsignedRecipEstimate),
  integerEstimate('ursqrte', unsignedRsqrtEstimate, slow.UnsignedRSqrtEstimate),
];
