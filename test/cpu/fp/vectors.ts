/** The recorded vectors: their inputs, made from the operation's name, and the packing of their outcomes. */

import { seedOf } from '../../vectors/fnv.ts';
import { Prng } from '../../vectors/prng.ts';
import { type Case, makeCase, type Outcome } from './cases.ts';
import { type Kind, OPERATIONS, type Operation } from './operations.ts';
import { drawChoices } from './values.ts';

/** Vectors of each operation. */
const RECORDED = 256;
const BYTES: Record<Kind, number> = { f16: 2, f32: 4, f64: 8, i32: 4, i64: 8 };
/** Seen from the root of the repository. */
export const VECTORS_FILE = 'test/cpu/fp/vectors.bin.br';

export interface VectorCase {
  readonly operation: Operation;
  readonly input: Case;
}

/** Pseudo-random cases of every operation that Armv8.0 has an instruction for. */
export function drawCases(count: number, seed: number): VectorCase[] {
  return OPERATIONS.filter(({ assembly }) => assembly !== undefined).flatMap((operation) => {
    const prng = new Prng(seedOf(operation.name) ^ seed);
    return Array.from({ length: count }, () => ({
      operation,
      input: makeCase(operation, prng.u32(), [drawChoices(prng), drawChoices(prng), drawChoices(prng)]),
    }));
  });
}

export const recordedCases = (): VectorCase[] => drawCases(RECORDED, 0);

/** All flags, then all results, each in as many bytes as its kind has: like beside like packs best. */
export function encodeOutcomes(cases: readonly VectorCase[], outcomes: readonly Outcome[]): Uint8Array {
  const results = cases.flatMap(({ operation }, n) => {
    const { result } = outcomes[n];
    return Array.from({ length: BYTES[operation.result] }, (_, i) => Number((result >> BigInt(8 * i)) & 0xffn));
  });
  return Uint8Array.from([...outcomes.map(({ fpsr }) => fpsr), ...results]);
}

/** Throws RangeError when the data is not that of the cases. */
export function decodeOutcomes(cases: readonly VectorCase[], bytes: Uint8Array): Outcome[] {
  let at = cases.length;
  const outcomes = cases.map(({ operation }, n) => {
    let result = 0n;
    for (let i = 0; i < BYTES[operation.result]; i++) result |= BigInt(bytes[at++] ?? 0) << BigInt(8 * i);
    return { result, fpsr: bytes[n] };
  });
  if (at !== bytes.length) throw new RangeError(`${bytes.length} bytes of outcomes, ${at} expected`);
  return outcomes;
}
