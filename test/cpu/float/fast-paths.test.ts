/** Law 12: a fast path gives what the exact library gives, and is taken where the operands are ordinary. */

import { describe, expect, it } from 'vitest';
import { SlowFloat } from '../../../src/cpu/engine/slow-float.ts';
import type { OpName } from '../../../src/cpu/ir/ops.ts';
import { FLOAT_OPS } from '../../../src/cpu/ir/ops-float.ts';
import {
  D,
  FLOAT_FUNCTIONS,
  type FloatFunction,
  fromSize,
  packFloatWord,
  S,
  SHAPES,
  type Shape,
} from '../../../src/cpu/ir/ops-float-word.ts';
import { RECORD_A, RECORD_B, RECORD_BYTES, RECORD_C, RECORD_IMM_HIGH } from '../../../src/cpu/ir/records.ts';
import type { Field } from '../../../src/cpu/ir/row.ts';
import { FP_RESULT, Q, R, type Slot, X } from '../../../src/cpu/slots.ts';
import { Prng } from '../../vectors/prng.ts';
import { composeFloat, composeInteger, drawChoices } from '../fp/values.ts';
import { OpRunner } from '../ir/op-runner.ts';

const RUNS = 300;
const IXC = 0x10n;
const runner = new OpRunner();
const { state, memory } = runner;
const exact = new SlowFloat(memory);
const record = memory.alloc(RECORD_BYTES);

const fieldsOf = (name: string): readonly Field[] =>
  (FLOAT_OPS as Record<string, { fields: readonly Field[] }>)[name].fields;
/** Ops with a fast path. */
const FAST = Object.keys(FLOAT_OPS).filter((name) => fieldsOf(name).includes('immHigh') && !name.startsWith('float'));

/** The word of an op, as its name says: function_shape, or function_result_operand. */
function wordOf(name: string): number {
  const [fn, to, from = to] = name.replace('fccmp', 'fcmp').split('_') as [FloatFunction, string, string?];
  if (!FLOAT_FUNCTIONS.includes(fn)) throw new Error(`no function ${fn}`);
  const size = (letter: string) => (/[dx]$/.test(letter) ? D : S);
  const lanes = to in SHAPES ? SHAPES[to as Shape].lanes : 1;
  return packFloatWord({ fn, from: size(from), to: size(to), lanes });
}

/** Lanes of that width, and an integer for ops that read a general register. */
function setOperands(prng: Prng, width: 32 | 64, draw: (width: 32 | 64) => bigint): void {
  for (const slot of [Q[1], Q[2], Q[3]]) {
    const low = width === 64 ? draw(64) : (draw(32) << 32n) | draw(32);
    const high = width === 64 ? draw(64) : (draw(32) << 32n) | draw(32);
    state.set(slot, low);
    state.set((slot + 8) as Slot, high);
  }
  state.set(X[1], composeInteger(64, drawChoices(prng)));
}

interface Result {
  readonly value: string;
  readonly fast: boolean;
}

const vectorAt = (slot: number): string =>
  [12, 8, 4, 0]
    .map((at) =>
      state
        .lo((slot + at) as Slot)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('_');

/** What the op leaves in its destination, or the flags. */
function resultOf(fields: readonly Field[]): string {
  if (fields.includes('vd')) return vectorAt(Q[0]);
  if (fields.includes('d')) return state.get(X[0]).toString(16);
  return (state.pstate >>> 28).toString(16);
}

function run(engine: 'interpreter' | 'region', fields: readonly Field[]): Result {
  state.nzcv = 0;
  if (engine === 'region') runner.region();
  else runner.interpreted();
  return { value: resultOf(fields), fast: runner.calls.length === 0 };
}

/** The same by the exact library: the result as `resultOf` shows it, and FPSR. */
function runExact(name: string, fields: readonly Field[]): { value: string; fpsr: bigint } {
  const { u16, u32 } = memory;
  u16[(record + RECORD_A) >>> 1] = fields.includes('a') ? X[1] : Q[1];
  u16[(record + RECORD_B) >>> 1] = Q[2];
  u16[(record + RECORD_C) >>> 1] = Q[3];
  u32[(record + RECORD_IMM_HIGH) >>> 2] = wordOf(name);
  const fpsr = state.get(R.FPSR) | BigInt(exact.run(state.base, record));
  if (fields.includes('vd')) return { value: vectorAt(FP_RESULT), fpsr };
  if (fields.includes('d')) return { value: state.get(FP_RESULT).toString(16), fpsr };
  return { value: state.lo(FP_RESULT).toString(16), fpsr };
}

const ARGUMENTS: Readonly<Record<Field, number>> = {
  d: X[0],
  a: X[1],
  b: X[1],
  c: X[3],
  vd: Q[0],
  va: Q[1],
  vb: Q[2],
  vc: Q[3],
  imm: 0,
  immHigh: 0,
};
const load = (name: string, fields: readonly Field[]): void =>
  runner.load(
    name as OpName,
    fields.map((field) => (field === 'immHigh' ? wordOf(name) : ARGUMENTS[field])),
  );

describe.each(FAST)('%s', (name) => {
  const fields = fieldsOf(name);

  it('is exact wherever it is fast', () => {
    const prng = new Prng(0xf10a7);
    load(name, fields);
    state.set(X[3], 1n);
    for (let i = 0; i < RUNS; i++) {
      setOperands(prng, prng.pick([32, 64] as const), (width) => composeFloat(width, drawChoices(prng)));
      state.set(R.FPCR, prng.chance(50) ? 0n : BigInt(prng.below(32)) << 22n);
      state.set(R.FPSR, prng.chance(70) ? IXC : 0n);
      const expected = runExact(name, fields);
      for (const engine of ['interpreter', 'region'] as const) {
        const inputs = `${vectorAt(Q[1])}, ${vectorAt(Q[2])}, ${vectorAt(Q[3])}, ${state.get(X[1]).toString(16)} by ${engine}`;
        const { value, fast } = run(engine, fields);
        if (fast) expect([inputs, value, expected.fpsr]).toEqual([inputs, expected.value, state.get(R.FPSR)]);
      }
    }
  });

  it('is fast for ordinary operands, once Inexact is set', () => {
    const prng = new Prng(0xfa57);
    load(name, fields);
    state.set(X[3], 1n);
    state.set(R.FPCR, 0n);
    state.set(R.FPSR, IXC);
    const one = { 32: 0x3f80_0000n, 64: 0x3ff0_0000_0000_0000n };
    const ordinary = (width: 32 | 64): bigint => {
      const exponent = BigInt(prng.below(16)) << (width === 32 ? 23n : 52n);
      return one[width] + exponent + BigInt(prng.below(0x80_0000));
    };
    for (let i = 0; i < RUNS; i++) {
      setOperands(prng, fromSize(wordOf(name)) === D ? 64 : 32, ordinary);
      for (const engine of ['interpreter', 'region'] as const) expect(run(engine, fields).fast).toBe(true);
    }
  });
});
