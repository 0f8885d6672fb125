/** Opens the recorded vectors that lie in test/vectors/data, seen from the root of the repository. */

import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { ByteReader } from './bytes.ts';
import { decodeVectors, type VectorRow } from './codec.ts';

/** Groups of instructions in the order of the manual; each is a file. */
export const VECTOR_GROUPS = ['data-immediate', 'data-register', 'loads-stores', 'branches-system'] as const;
export type VectorGroup = (typeof VECTOR_GROUPS)[number];
/** All files: the groups as a Cortex-A57 has them, and what QEMU's `max` adds. */
export const RECORDED_GROUPS = [...VECTOR_GROUPS, 'extensions'] as const;
export type RecordedGroup = (typeof RECORDED_GROUPS)[number];

/** The CPU that recorded a group. */
export const cpuOf = (group: RecordedGroup): string => (group === 'extensions' ? 'max' : 'cortex-a57');

const read = (name: string): Uint8Array => brotliDecompressSync(readFileSync(`test/vectors/data/${name}.bin.br`));

/** The rows of a group, decoded one by one. */
export const loadVectors = (group: RecordedGroup): Generator<VectorRow> => decodeVectors(read(group));

/** A word, and whether it is UNDEFINED at EL1 of a Cortex-A57. */
export interface DecodedWord {
  readonly word: number;
  readonly isUndefined: boolean;
}

/** The recorded decode set: words ascending, as differences; then one bit each. */
export function loadDecodeSet(): DecodedWord[] {
  const input = new ByteReader(read('decode'));
  let word = 0;
  const words = Array.from({ length: input.u32() }, () => {
    word = (word + input.varint()) >>> 0;
    return word;
  });
  const bits = input.raw(Math.ceil(words.length / 8));
  return words.map((value, n) => ({ word: value, isUndefined: ((bits[n >> 3] >> (n & 7)) & 1) === 1 }));
}
