/** The exact function of each floating-point op, on one lane. */

import { add, subtract } from '../fp/add.ts';
import { compare, compareEqual, compareGreater, compareGreaterEqual } from '../fp/compare.ts';
import { convert } from '../fp/convert.ts';
import { divide } from '../fp/divide.ts';
import {
  reciprocalEstimate,
  reciprocalExponent,
  rsqrtEstimate,
  unsignedReciprocalEstimate,
  unsignedRsqrtEstimate,
} from '../fp/estimates.ts';
import { fromFixed, toFixed } from '../fp/fixed.ts';
import type { Format } from '../fp/format.ts';
import { multiplyAdd, reciprocalStep, rsqrtStep } from '../fp/fused.ts';
import { roundToIntegral } from '../fp/integral.ts';
import { maximum, maximumNumber, minimum, minimumNumber } from '../fp/max-min.ts';
import { multiply, multiplyExtended } from '../fp/multiply.ts';
import { NEGINF, ODD, POSINF, type Rounding, roundingMode, TIEAWAY, TIEEVEN, ZERO } from '../fp/rounding.ts';
import { squareRoot } from '../fp/square-root.ts';
import type { FpUnit } from '../fp/unit.ts';
import type { FloatFunction } from '../ir/ops-float-word.ts';

/**
 * Sets the unit's result from lanes of a, b and c as uint32 words, hi = 0 unless a lane has 64 bits.
 * @param format of the result, or the format with the width of an integer result
 * @param from format of the operands, or the format with the width of an integer operand
 * @param fbits fraction bits of a fixed-point number
 */
export type LaneFunction = (
  fp: FpUnit,
  format: Format,
  aHi: number,
  aLo: number,
  bHi: number,
  bLo: number,
  cHi: number,
  cLo: number,
  from: Format,
  fbits: number,
) => void;

type Test = (fp: FpUnit, format: Format, aHi: number, aLo: number, bHi: number, bLo: number) => boolean;

/** The sign bit where it lies in the high or the low word. */
const signHi = (format: Format): number => (format.wide ? 0x8000_0000 : 0);
const signLo = (format: Format): number => (format.wide ? 0 : 0x8000_0000);

function setMask(fp: FpUnit, format: Format, holds: boolean): void {
  const ones = holds ? 0xffff_ffff : 0;
  fp.hi = format.wide ? ones : 0;
  fp.lo = ones;
}

const mask =
  (test: Test): LaneFunction =>
  (fp, format, aHi, aLo, bHi, bLo) =>
    setMask(fp, format, test(fp, format, aHi, aLo, bHi, bLo));
const flags =
  (signalAll: boolean): LaneFunction =>
  (fp, format, aHi, aLo, bHi, bLo) => {
    fp.lo = compare(fp, format, aHi, aLo, bHi, bLo, signalAll);
    fp.hi = 0;
  };

/** Multiply-add of the factors a and b and the addend c, with a or c negated. */
const fused =
  (negateAddend: boolean, negateFactor: boolean): LaneFunction =>
  (fp, format, aHi, aLo, bHi, bLo, cHi, cLo) => {
    const hi = signHi(format);
    const lo = signLo(format);
    const ah = negateFactor ? (aHi ^ hi) >>> 0 : aHi;
    const al = negateFactor ? (aLo ^ lo) >>> 0 : aLo;
    const ch = negateAddend ? (cHi ^ hi) >>> 0 : cHi;
    const cl = negateAddend ? (cLo ^ lo) >>> 0 : cLo;
    multiplyAdd(fp, format, ch, cl, ah, al, bHi, bLo);
  };

/** FPRoundInt(); without a rounding, that of FPCR. */
const integral =
  (rounding?: Rounding, exact = false): LaneFunction =>
  (fp, format, aHi, aLo) =>
    roundToIntegral(fp, format, rounding ?? roundingMode(fp), exact, aHi, aLo);

const toInteger =
  (rounding: Rounding, unsigned: boolean): LaneFunction =>
  (fp, format, aHi, aLo, _bHi, _bLo, _cHi, _cLo, from, fbits) =>
    toFixed(fp, from, rounding, format.wide ? 64 : 32, unsigned, fbits, aHi, aLo);

const fromInteger =
  (unsigned: boolean): LaneFunction =>
  (fp, format, aHi, aLo, _bHi, _bLo, _cHi, _cLo, from, fbits) => {
    const extension = unsigned ? 0 : aLo >> 31;
    fromFixed(fp, format, roundingMode(fp), unsigned, fbits, from.wide ? aHi : extension >>> 0, aLo);
  };

const unsignedEstimate =
  (estimate: (operand: number) => number): LaneFunction =>
  (fp, _format, _aHi, aLo) => {
    fp.hi = 0;
    fp.lo = estimate(aLo);
  };

export const LANE_FUNCTIONS: Readonly<Record<FloatFunction, LaneFunction>> = {
  fadd: add,
  fsub: subtract,
  fmul: multiply,
  fnmul: (fp, format, aHi, aLo, bHi, bLo) => {
    multiply(fp, format, aHi, aLo, bHi, bLo);
    fp.hi = (fp.hi ^ signHi(format)) >>> 0;
    fp.lo = (fp.lo ^ signLo(format)) >>> 0;
  },
  fmulx: multiplyExtended,
  fdiv: divide,
  fmax: maximum,
  fmin: minimum,
  fmaxnm: maximumNumber,
  fminnm: minimumNumber,
  fsqrt: squareRoot,
  fmadd: fused(false, false),
  fmsub: fused(false, true),
  fnmadd: fused(true, true),
  fnmsub: fused(true, false),
  frecps: reciprocalStep,
  frsqrts: rsqrtStep,
  frecpe: reciprocalEstimate,
  frsqrte: rsqrtEstimate,
  frecpx: reciprocalExponent,
  urecpe: unsignedEstimate(unsignedReciprocalEstimate),
  ursqrte: unsignedEstimate(unsignedRsqrtEstimate),
  fcmp: flags(false),
  fcmpe: flags(true),
  fcmeq: mask(compareEqual),
  fcmge: mask(compareGreaterEqual),
  fcmgt: mask(compareGreater),
  frintn: integral(TIEEVEN),
  frintp: integral(POSINF),
  frintm: integral(NEGINF),
  frintz: integral(ZERO),
  frinta: integral(TIEAWAY),
  frinti: integral(),
  frintx: integral(undefined, true),
  fcvt: (fp, format, aHi, aLo, _bHi, _bLo, _cHi, _cLo, from) => convert(fp, format, from, roundingMode(fp), aHi, aLo),
  fcvtxn: (fp, format, aHi, aLo, _bHi, _bLo, _cHi, _cLo, from) => convert(fp, format, from, ODD, aHi, aLo),
  fcvtns: toInteger(TIEEVEN, false),
  fcvtnu: toInteger(TIEEVEN, true),
  fcvtps: toInteger(POSINF, false),
  fcvtpu: toInteger(POSINF, true),
  fcvtms: toInteger(NEGINF, false),
  fcvtmu: toInteger(NEGINF, true),
  fcvtzs: toInteger(ZERO, false),
  fcvtzu: toInteger(ZERO, true),
  fcvtas: toInteger(TIEAWAY, false),
  fcvtau: toInteger(TIEAWAY, true),
  scvtf: fromInteger(false),
  ucvtf: fromInteger(true),
};
