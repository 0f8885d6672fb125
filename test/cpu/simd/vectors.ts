/** The recorded vectors of SIMD instructions: their cases, made from the row's name, and digests of what QEMU left. */

import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { ByteReader, ByteWriter } from '../../vectors/bytes.ts';
import { FNV_BASIS, fnv1a, seedOf } from '../../vectors/fnv.ts';
import { Prng } from '../../vectors/prng.ts';
import { emit, isUndefined } from '../a64/emit.ts';
import { type Case, makeCase, type Outcome } from './case.ts';

/** Vectors of each row, and how many share a digest. */
export const VECTORS = 208;
export const GROUP = 4;
/** Seen from the root of the repository. */
export const VECTORS_FILE = 'test/cpu/simd/vectors.bin';

/** Percentage of the cases with a reserved encoding that are kept. */
const RESERVED = 15;

/** Pseudo-random cases of a row, which stay the same whatever other rows there are. */
export function drawCases(row: A64Row, count: number, seed = 0): Case[] {
  const prng = new Prng(seedOf(row.name) ^ seed);
  const cases: Case[] = [];
  while (cases.length < count) {
    const test = makeCase(row, prng.u32());
    const isKept = prng.chance(RESERVED) || !isUndefined(emit(row, test.word));
    if (isKept) cases.push(test);
  }
  return cases;
}

function outcomeBytes({ end, after, window }: Outcome): Uint8Array {
  const out = new ByteWriter();
  out.text(end);
  for (const value of after.x) out.u64(value);
  out.u64(after.sp);
  out.raw(after.v);
  out.u32(after.fpsr);
  out.u32(after.nzcv);
  out.raw(window);
  return out.bytes;
}

/** One number for each `GROUP` outcomes. */
export function digests(outcomes: readonly Outcome[]): number[] {
  const result: number[] = [];
  for (let first = 0; first < outcomes.length; first += GROUP) {
    const group = outcomes.slice(first, first + GROUP);
    result.push(group.reduce((hash, outcome) => fnv1a(outcomeBytes(outcome), hash), FNV_BASIS));
  }
  return result;
}

export function encodeDigests(rows: ReadonlyMap<string, readonly number[]>): Uint8Array {
  const out = new ByteWriter();
  for (const [name, values] of rows) {
    out.text(name);
    out.varint(values.length);
    for (const value of values) out.u32(value);
  }
  return out.bytes;
}

/** Digests by the name of the row. Throws RangeError when the bytes end early. */
export function decodeDigests(bytes: Uint8Array): Map<string, number[]> {
  const input = new ByteReader(bytes);
  const rows = new Map<string, number[]>();
  while (!input.done) {
    const name = input.text();
    rows.set(
      name,
      Array.from({ length: input.varint() }, () => input.u32()),
    );
  }
  return rows;
}
