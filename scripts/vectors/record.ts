/**
 * Records the vectors of every row on QEMU into test/vectors/data.
 *   node scripts/run-ts.mjs scripts/vectors/record.ts [GROUP...]
 */

import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { encodeVectors, type Vector, type VectorRow } from '../../test/vectors/codec.ts';
import { seedOf } from '../../test/vectors/fnv.ts';
import { cpuOf, type RecordedGroup } from '../../test/vectors/load.ts';
import { Prng } from '../../test/vectors/prng.ts';
import { type FinalState, type InitialState, initialState } from '../../test/vectors/state.ts';
import { isStoreExclusive } from './classes.ts';
import { excludedAnswer, excludedWords } from './exclusions.ts';
import { qemuVersion, runOnQemu } from './qemu.ts';
import { GROUPS, type Row } from './rows.ts';
import { drawWord, matchingLoadExclusive } from './words.ts';

/** Vectors of a row, and how many of them may be exceptions as long as there are enough others. */
const WANTED = 256;
const EXCEPTIONS = 40;
const CANDIDATES = 800;

interface Candidate {
  readonly words: readonly number[];
  readonly seed: number;
  readonly state: InitialState;
}

function candidates(row: Row): Candidate[] {
  const first = seedOf(row.name);
  const prng = new Prng(first);
  const tests: Candidate[] = [];
  for (let n = 0; tests.length < CANDIDATES; n++) {
    const seed = (first + n) >>> 0;
    const state = initialState(seed);
    const word = drawWord(row, state, { index: 0, count: 1 }, prng);
    const words = isStoreExclusive(word) && prng.chance(80) ? [matchingLoadExclusive(word), word] : [word];
    if (excludedWords(words) === undefined) tests.push({ words, seed, state });
    if (n > 100 * CANDIDATES) throw new Error(`${row.name}: no usable words`);
  }
  return tests;
}

/** The first tests that QEMU answers, with few exceptions among them if the instruction can do without. */
function choose(row: Row, tests: readonly Candidate[], answers: readonly (FinalState | undefined)[]): Vector[] {
  const vectors: Vector[] = [];
  tests.forEach(({ words, seed, state }, n) => {
    const final = answers[n];
    if (final === undefined) return;
    const word = words[words.length - 1];
    if (excludedAnswer(word, state, final) === undefined) vectors.push({ words, seed, final });
  });
  const normal = vectors.filter(({ final }) => final.exception === undefined);
  const exceptions = vectors.filter(({ final }) => final.exception !== undefined);
  const fewest = Math.max(Math.min(EXCEPTIONS, exceptions.length), WANTED - normal.length);
  const chosen = new Set([...exceptions.slice(0, fewest), ...normal.slice(0, WANTED - fewest)]);
  if (chosen.size < WANTED) throw new Error(`${row.name}: only ${chosen.size} vectors`);
  return vectors.filter((vector) => chosen.has(vector));
}

function record(rows: readonly Row[], cpu: string): VectorRow[] {
  const tests = rows.map(candidates);
  const answers = runOnQemu(tests.flat(), cpu);
  return rows.map((row, n) => ({
    name: row.name,
    pattern: row.text,
    vectors: choose(row, tests[n], answers.slice(n * CANDIDATES, (n + 1) * CANDIDATES)),
  }));
}

const version = qemuVersion();
if (version === undefined) throw new Error('QEMU is not installed');
console.log(version);
const names = process.argv.slice(2);
for (const [group, rows] of Object.entries(GROUPS) as [RecordedGroup, readonly Row[]][]) {
  if (names.length > 0 && !names.includes(group)) continue;
  const recorded = record(rows, cpuOf(group));
  const bytes = encodeVectors(recorded);
  const compressed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(`test/vectors/data/${group}.bin.br`, compressed);
  const vectors = recorded.flatMap((row) => row.vectors);
  const exceptions = vectors.filter(({ final }) => final.exception).length;
  console.log(
    `${group}: ${rows.length} rows, ${vectors.length} vectors (${exceptions} exceptions), ${compressed.length} bytes`,
  );
}
