/** The file format of recorded vectors: tests by row, each a seed, its words and what they changed. */

import { ByteReader, ByteWriter } from './bytes.ts';
import { CODE_START, windowContents } from './environment.ts';
import { type FinalState, type InitialState, initialState, type Syndrome, setsFar } from './state.ts';

/** One recorded test; the last word is the one of its row, words before it prepare the state. */
export interface Vector {
  readonly words: readonly number[];
  readonly seed: number;
  readonly final: FinalState;
}

/** The vectors of one instruction. */
export interface VectorRow {
  readonly name: string;
  readonly pattern: string;
  readonly vectors: readonly Vector[];
}

/** Flags of a test: how PC is given, and what follows. */
const PC_AT_START = 1;
const PC_GIVEN = 2;
const EXCEPTION = 4;
const PSTATE = 8;
const MEMORY = 16;

const fallThrough = (words: readonly number[]): bigint => BigInt(CODE_START + words.length * 4);

function pcFlag(words: readonly number[], pc: bigint): number {
  if (pc === fallThrough(words)) return 0;
  return pc === BigInt(CODE_START) ? PC_AT_START : PC_GIVEN;
}

/** Runs of bytes that differ: offset and the new bytes. */
function changedRuns(before: Uint8Array, after: Uint8Array): (readonly [offset: number, bytes: Uint8Array])[] {
  const runs: (readonly [number, Uint8Array])[] = [];
  for (let at = 0; at < after.length; at++) {
    if (after[at] === before[at]) continue;
    const from = at;
    while (at < after.length && after[at] !== before[at]) at++;
    runs.push([from, after.subarray(from, at)]);
  }
  return runs;
}

function writeVector(out: ByteWriter, { words, final }: Vector, before: InitialState, pristine: Uint8Array): void {
  const runs = changedRuns(pristine, final.memory);
  const pc = pcFlag(words, final.pc);
  out.varint(words.length);
  for (const word of words) out.u32(word);
  out.u8(
    pc |
      (final.exception ? EXCEPTION : 0) |
      (final.pstate === before.pstate ? 0 : PSTATE) |
      (runs.length > 0 ? MEMORY : 0),
  );
  if (pc === PC_GIVEN) out.u64(final.pc);
  if (final.exception) {
    const { el, esr, far } = final.exception;
    out.u8(el);
    out.u32(esr);
    if (setsFar(esr)) out.u64(far);
  }
  if (final.pstate !== before.pstate) out.u32(final.pstate);
  const changed = [...final.registers.keys()].filter((n) => final.registers[n] !== before.registers[n]);
  out.u8(changed.length);
  for (const n of changed) {
    out.u8(n);
    out.u64(final.registers[n]);
  }
  if (runs.length === 0) return;
  out.varint(runs.length);
  for (const [offset, bytes] of runs) {
    out.varint(offset);
    out.varint(bytes.length);
    out.raw(bytes);
  }
}

function readSyndrome(input: ByteReader): Syndrome {
  const el = input.u8() as 1 | 2;
  const esr = input.u32();
  return { el, esr, far: setsFar(esr) ? input.u64() : 0n };
}

function readVector(input: ByteReader, seed: number, pristine: Uint8Array): Vector {
  const before = initialState(seed);
  const words = Array.from({ length: input.varint() }, () => input.u32());
  const flags = input.u8();
  let pc = flags & PC_AT_START ? BigInt(CODE_START) : fallThrough(words);
  if (flags & PC_GIVEN) pc = input.u64();
  const exception = flags & EXCEPTION ? readSyndrome(input) : undefined;
  const pstate = flags & PSTATE ? input.u32() : before.pstate;
  const registers = before.registers;
  for (let left = input.u8(); left > 0; left--) registers[input.u8()] = input.u64();
  let memory = pristine;
  if (flags & MEMORY) {
    memory = pristine.slice();
    for (let left = input.varint(); left > 0; left--) {
      const offset = input.varint();
      memory.set(input.raw(input.varint()), offset);
    }
  }
  return { words, seed, final: { registers, pc, pstate, exception, memory } };
}

/** Rows as bytes (before compression). */
export function encodeVectors(rows: readonly VectorRow[]): Uint8Array {
  const out = new ByteWriter();
  const pristine = windowContents();
  for (const { name, pattern, vectors } of rows) {
    out.text(name);
    out.text(pattern);
    out.varint(vectors.length);
    let seed = 0;
    for (const vector of vectors) {
      out.varint(vector.seed - seed);
      seed = vector.seed;
      writeVector(out, vector, initialState(seed), pristine);
    }
  }
  return out.bytes;
}

/** Reads `encodeVectors`' bytes row by row, each decoded when it is asked for. Throws RangeError on a truncated file. */
export function* decodeVectors(bytes: Uint8Array): Generator<VectorRow> {
  const input = new ByteReader(bytes);
  const pristine = windowContents();
  while (!input.done) {
    const name = input.text();
    const pattern = input.text();
    const vectors: Vector[] = [];
    let seed = 0;
    for (let left = input.varint(); left > 0; left--) {
      seed = (seed + input.varint()) >>> 0;
      vectors.push(readVector(input, seed, pristine));
    }
    yield { name, pattern, vectors };
  }
}
