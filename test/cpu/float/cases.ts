/** The cases of the vectors: words of every floating-point row and states to run them in, made from the row's name. */

import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { seedOf } from '../../vectors/fnv.ts';
import { Prng } from '../../vectors/prng.ts';
import { emit, isUndefined } from '../a64/emit.ts';
import { composeFloat, composeInteger, drawChoices } from '../fp/values.ts';
import { FPCR, FPSR, NZCV, REGISTERS, STATE_BYTES, V0, viewOf, WORD, X0 } from './state.ts';

const IXC = 1 << 4;
/** FPSR: QC and the cumulative flags. */
const FPSR_FIELDS = 0x0800_009f;
/** FPCR without the fields Len and Stride, which are RES0 here and which QEMU keeps for AArch32. */
const WITHOUT_LEN_STRIDE = 0xffff_ffff_ffc8_ffffn;
const ATTEMPTS = 200;

const isRegister = (name: string): boolean => /^R[a-z]$/.test(name);

/** A word of the row whose registers are among those of the state. */
function drawWord({ pattern }: A64Row, prng: Prng): number {
  let word = pattern.value | (prng.u32() & ~pattern.mask);
  for (const { name, shift, width } of pattern.fields) {
    if (isRegister(name)) word = (word & ~((2 ** width - 1) << shift)) | (prng.below(REGISTERS) << shift);
    if (name === 'M') word &= ~(1 << shift);
  }
  return word >>> 0;
}

/** Numbers of a moderate size: results that need no special case. */
function drawOrdinary(width: 32 | 64, prng: Prng): bigint {
  const value = (prng.u32() / 2 ** 32 - 0.5) * 2 ** prng.below(24);
  const view = new DataView(new ArrayBuffer(8));
  if (width === 64) view.setFloat64(0, value);
  else view.setFloat32(0, value);
  return width === 64 ? view.getBigUint64(0) : BigInt(view.getUint32(0));
}

/** 128 bits as lanes of `width`, all of one kind. */
function drawVector(width: 16 | 32 | 64, prng: Prng): bigint {
  const kind = prng.below(10);
  let vector = 0n;
  for (let at = 0; at < 128; at += width) {
    let lane: bigint;
    if (width !== 16 && kind < 4) lane = drawOrdinary(width, prng);
    else if (width !== 16 && kind === 4) lane = composeInteger(width, drawChoices(prng));
    else lane = composeFloat(width, drawChoices(prng));
    vector |= lane << BigInt(at);
  }
  return vector;
}

/** A state for a word, which most often is read in lanes as wide as its bit 22 says. */
function drawState(row: A64Row, word: number, prng: Prng): Uint8Array {
  const state = new Uint8Array(STATE_BYTES);
  const view = viewOf(state);
  view.setUint32(WORD, word, true);
  view.setUint32(NZCV, prng.below(16) << 28, true);
  view.setUint32(FPCR, prng.chance(50) ? 0 : prng.below(32) << 22, true);
  view.setUint32(FPSR, (prng.u32() & FPSR_FIELDS & ~IXC) | (prng.chance(70) ? IXC : 0), true);
  for (let n = 0; n < REGISTERS; n++) {
    const x = prng.chance(50) ? composeInteger(64, drawChoices(prng)) : BigInt.asUintN(64, BigInt(prng.u32() | 0));
    view.setBigUint64(X0 + 8 * n, row.name === 'MSR (FPCR)' ? x & WITHOUT_LEN_STRIDE : x, true);
    const usual = (word & 0x0040_0000) !== 0 ? 64 : 32;
    const vector = drawVector(prng.chance(80) ? usual : prng.pick([16, 32, 64] as const), prng);
    view.setBigUint64(V0 + 16 * n, BigInt.asUintN(64, vector), true);
    view.setBigUint64(V0 + 16 * n + 8, vector >> 64n, true);
  }
  return state;
}

/** `words` allocated words of a row, each with `states` states; pseudo-random, always the same. */
export function drawCases(row: A64Row, words: number, states: number, seed = 0): Uint8Array[] {
  const prng = new Prng(seedOf(row.name) ^ seed);
  const cases: Uint8Array[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && cases.length < words * states; attempt++) {
    const word = drawWord(row, prng);
    if (isUndefined(emit(row, word))) continue;
    for (let i = 0; i < states; i++) cases.push(drawState(row, word, prng));
  }
  return cases;
}
