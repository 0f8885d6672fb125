/** The recorded vectors: which cases they are, and the packing of their outcomes. */

import { FLOAT_ROWS } from '../../../src/cpu/a64/rows.ts';
import { drawCases } from './cases.ts';
import { STATE_BYTES } from './state.ts';

const WORDS = 8;
const STATES = 26;
/** Seen from the root of the repository. */
export const VECTORS_FILE = 'test/cpu/float/vectors.bin.br';

export const recordedCases = (): Uint8Array[] => FLOAT_ROWS.flatMap((row) => drawCases(row, WORDS, STATES));

/** What changed, byte by byte, the first bytes of all states before the second ones: like beside like packs best. */
export function encodeOutcomes(cases: readonly Uint8Array[], outcomes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(cases.length * STATE_BYTES);
  cases.forEach((state, n) => {
    for (let i = 0; i < STATE_BYTES; i++) bytes[i * cases.length + n] = state[i] ^ outcomes[n][i];
  });
  return bytes;
}

/** Throws RangeError when the data is not that of the cases. */
export function decodeOutcomes(cases: readonly Uint8Array[], bytes: Uint8Array): Uint8Array[] {
  if (bytes.length !== cases.length * STATE_BYTES) throw new RangeError(`${bytes.length} bytes of outcomes`);
  return cases.map((state, n) => state.map((byte, i) => byte ^ bytes[i * cases.length + n]));
}
