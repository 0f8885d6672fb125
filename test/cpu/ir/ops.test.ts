/** Every op's wasm body, in the interpreter and in a region, against the model. */

import { describe, expect, it } from 'vitest';
import { History } from '../../../src/cpu/history.ts';
import { type Imm, immOf } from '../../../src/cpu/ir/builder.ts';
import { OP_CODES, OPS, type OpName } from '../../../src/cpu/ir/ops.ts';
import type { Field } from '../../../src/cpu/ir/row.ts';
import { HISTORY_COUNT, LOWER_CONTEXTS_STALE, PC, type Slot, X, ZERO } from '../../../src/cpu/slots.ts';
import { Prng } from '../../vectors/prng.ts';
import { type Inputs, modelNames, modelOf } from './model.ts';
import { OpRunner } from './op-runner.ts';

const NAMES = Object.keys(OPS) as OpName[];
const TARGET = 0x4000;
const [D, A, B, C] = X;

// biome-ignore format: one table
const BOUNDARIES = [
  0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x80n, 0x7fffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n,
  0x0080_0000_0000_0000n, 0x5a80_0000_0000_1234n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n, 0xffff_ffff_ffff_ffffn,
];
const RANDOM = 60;
const runner = new OpRunner();

/** Immediates that a row takes: shift amounts of EXTR, flags of CCMP, addresses and constants elsewhere. */
function immediates(name: OpName, fields: readonly Field[]): bigint[] {
  if (name === 'extr64') return [1n, 7n, 32n, 63n];
  if (name === 'extr32') return [1n, 7n, 16n, 31n];
  if (fields.includes('immHigh')) return Array.from({ length: 16 }, (_, nzcv) => BigInt(nzcv) << 32n);
  if (name.startsWith('b_')) return [BigInt(TARGET)];
  return fields.includes('imm') ? BOUNDARIES : [0n];
}

const split = (value: bigint): Imm => immOf(Number(value >> 32n), Number(value & 0xffff_ffffn));

function args(fields: readonly Field[], d: Slot, imm: bigint, immB: bigint | undefined): (Slot | Imm)[] {
  return fields.map((field) => {
    if (field === 'd') return d;
    if (field === 'a') return A;
    if (field === 'b') return immB === undefined ? B : split(immB);
    if (field === 'c') return C;
    return field === 'imm' ? split(imm) : immOf(0, Number(imm >> 32n));
  });
}

/** Operands to try; a carry or a condition in c is 0 or 1, as rows produce it. */
function* operands(name: OpName, fields: readonly Field[], imm: bigint, immB: bigint | undefined): Generator<Inputs> {
  const prng = new Prng(0xe12);
  const isTruth = /^(adc|ccm)/.test(name);
  const cs = fields.includes('c') ? (isTruth ? [0n, 1n] : [0n, 1n, 1n << 32n, prng.u64()]) : [0n];
  const as = fields.includes('a') ? BOUNDARIES : [0n];
  const bs = immB !== undefined ? [immB] : fields.includes('b') ? BOUNDARIES : [0n];
  const flags = fields.length <= 2 ? 16 : 1;
  for (const a of as)
    for (const b of bs)
      for (const c of cs) {
        for (let nzcv = 0; nzcv < flags; nzcv++) yield { a, b, c, imm, nzcv };
      }
  for (let i = 0; i < RANDOM; i++) {
    const b = immB ?? (prng.chance(20) ? BigInt(prng.below(64)) : prng.u64());
    yield { a: prng.u64(), b, c: prng.pick(cs), imm, nzcv: prng.below(16) };
  }
}

/** Checks one form of an op with one destination; returns what differs. */
function differences(name: OpName, d: Slot, imm: bigint, immB: bigint | undefined): string[] {
  const { fields } = OPS[name];
  const model = modelOf(name);
  if (model === undefined) throw new Error(`no model of ${name}`);
  const { state } = runner;
  runner.load(name, args(fields, d, imm, immB));
  const wrong: string[] = [];
  for (const inputs of operands(name, fields, imm, immB)) {
    const expected = model(inputs);
    for (const engine of ['interpreter', 'region'] as const) {
      state.set(D, 0xdead_beefn);
      state.set(A, inputs.a);
      state.set(B, inputs.b);
      state.set(C, inputs.c);
      state.nzcv = inputs.nzcv << 28;
      const went = engine === 'interpreter' ? runner.interpreted() : runner.region().went;
      const result = {
        ...(expected.d !== undefined && { d: state.get(d) }),
        ...(expected.taken !== undefined && { taken: went && state.get(PC) === imm }),
        nzcv: state.pstate >>> 28,
      };
      const want = { ...expected, nzcv: expected.nzcv ?? inputs.nzcv };
      if (expected.d === undefined) Reflect.deleteProperty(want, 'd');
      if (JSON.stringify(text(result)) !== JSON.stringify(text(want))) {
        wrong.push(
          `${name} in the ${engine}: ${text(inputs).join(' ')} gives ${text(result).join(' ')}, not ${text(want).join(' ')}`,
        );
      }
    }
  }
  return wrong;
}

const text = (values: object): string[] =>
  Object.entries(values)
    .sort(([x], [y]) => x.localeCompare(y))
    .map(([name, v]) => `${name}=${typeof v === 'bigint' ? `0x${v.toString(16)}` : v}`);

describe('IR ops', () => {
  const modelled = NAMES.filter((name) => modelOf(name) !== undefined);

  it('are all modelled, or have a test of their own', () => {
    const others = NAMES.filter((name) => modelOf(name) === undefined);
    const isOnVectors = (name: OpName): boolean =>
      (OPS[name].fields as readonly Field[]).some((f) => f.startsWith('v'));
    const elsewhere =
      /^(ld|st)\d+|^align_|^monitor_|_daif$|^(goto|goto_link|goto_reg|callout.*|mark_lower_contexts|stop|sp_aligned|zero_block|zva_alignment_fault)$/;
    expect(others.filter((name) => !elsewhere.test(name) && !isOnVectors(name))).toEqual([]);
    expect(modelNames().filter((name) => !(NAMES as string[]).includes(name))).toEqual([]);
  });

  it.each(modelled)('%s', (name) => {
    const { fields } = OPS[name];
    const wrong: string[] = [];
    for (const imm of immediates(name, fields)) {
      // The destination may be any of the operands: a body reads all before it writes (law 1).
      const destinations = (fields as readonly Field[]).includes('d') ? [D, A, B, C] : [D];
      for (const d of destinations) wrong.push(...differences(name, d, imm, undefined));
    }
    if (OP_CODES.some((op) => op.name === name && op.immB)) {
      for (const immB of BOUNDARIES) wrong.push(...differences(name, D, 0n, immB));
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it('mark_lower_contexts marks them', () => {
    const { state } = runner;
    runner.load('mark_lower_contexts', []);
    for (const run of [() => void runner.interpreted(), () => void runner.region()]) {
      state.set32(LOWER_CONTEXTS_STALE, 0);
      run();
      expect(state.lo(LOWER_CONTEXTS_STALE)).toBe(1);
    }
  });

  it.each([
    ['goto', [immOf(0, TARGET)], []],
    ['goto_link', [immOf(0, TARGET)], [{ from: 0x1000n, to: BigInt(TARGET) }]],
    ['goto_reg', [A, immOf(0, 0x1000)], [{ from: 0x1000n, to: BigInt(TARGET) }]],
  ] as const)('%s goes where it says, and notes it if it is a call or indirect', (name, args, noted) => {
    const { state } = runner;
    runner.load(name, args);
    state.set(A, BigInt(TARGET));
    state.set(X[30], 0x1004n);
    for (const run of [() => runner.interpreted(), () => runner.region().went]) {
      state.set32(HISTORY_COUNT, 0);
      expect([run(), state.pc, new History(state).branches()]).toEqual([true, BigInt(TARGET), noted]);
    }
  });

  it('read XZR as zero and write it nowhere', () => {
    runner.load('add64', [D, ZERO, immOf(0, 7)]);
    runner.interpreted();
    expect(runner.state.get(D)).toBe(7n);
    runner.region();
    expect(runner.state.get(D)).toBe(7n);
    expect(runner.state.get(ZERO)).toBe(0n);
  });
});
