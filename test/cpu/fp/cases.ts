/** One case of an operation: control bits and operands made from choices, and running it on library and model. */

import { FpUnit } from '../../../src/cpu/fp/unit.ts';
import { Model } from './model.ts';
import type { Kind, Operation } from './operations.ts';
import { type Choices, composeFloat, composeInteger } from './values.ts';

/** Operands are as wide as their kinds, extended with zeros. */
export interface Case {
  readonly fpcr: number;
  readonly operands: readonly bigint[];
}
/** Result, extended with zeros, and the cumulative flags of FPSR. */
export interface Outcome {
  readonly result: bigint;
  readonly fpsr: number;
}

const COMPOSERS: Record<Kind, (choices: Choices) => bigint> = {
  f16: (choices) => composeFloat(16, choices),
  f32: (choices) => composeFloat(32, choices),
  f64: (choices) => composeFloat(64, choices),
  i32: (choices) => composeInteger(32, choices),
  i64: (choices) => composeInteger(64, choices),
};

/** FPCR with RMode, FZ, DN and AHP from the low five bits of `control`. */
export function makeCase({ operands }: Operation, control: number, choices: readonly Choices[]): Case {
  return { fpcr: (control & 0x1f) << 22, operands: operands.map((kind, n) => COMPOSERS[kind](choices[n])) };
}

const unit = new FpUnit();

export function runLibrary({ run }: Operation, { fpcr, operands }: Case): Outcome {
  unit.fpcr = fpcr;
  unit.fpsr = 0;
  run(
    unit,
    operands.map((value) => ({ hi: Number(value >> 32n), lo: Number(value & 0xffff_ffffn) })),
  );
  return { result: (BigInt(unit.hi) << 32n) | BigInt(unit.lo), fpsr: unit.fpsr };
}

export function runModel({ model }: Operation, { fpcr, operands }: Case): Outcome {
  const m = new Model(fpcr);
  const result = model(m, operands);
  return { result, fpsr: m.fpsr };
}

/** An outcome with its case, as text: equal texts mean equal outcomes, and a difference explains itself. */
export function describeOutcome({ name }: Operation, { fpcr, operands }: Case, { result, fpsr }: Outcome): string {
  const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
  return `${name}: ${operands.map(hex).join(' ')} with FPCR ${hex(fpcr)} gives ${hex(result)}, FPSR ${hex(fpsr)}`;
}
