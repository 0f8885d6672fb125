/**
 * Writes words.txt: words of every row that is implemented, with their disassembly by GNU objdump, without aliases.
 * node scripts/run-ts.mjs test/cpu/a64/make-words.ts
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { A64Row } from '../../../src/cpu/a64/insn.ts';
import { A64_ROWS, decodeA64 } from '../../../src/cpu/a64/rows.ts';
import { emit, isUndefined, wordOf } from './emit.ts';

const OUTPUT = 'test/cpu/a64/words.txt';
const CANDIDATES_PER_ROW = 40;
const WORDS_PER_ROW = 4;

/** What objdump says of each word; undefined where it refuses. */
function disassemble(words: readonly number[]): (string | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), 'words-'));
  const binary = join(folder, 'words.bin');
  writeFileSync(binary, new Uint8Array(Uint32Array.from(words).buffer));
  const options = ['-D', '-z', '-b', 'binary', '-m', 'aarch64', '-M', 'no-aliases'];
  const listing = execFileSync('aarch64-linux-gnu-objdump', [...options, binary], { encoding: 'utf8', maxBuffer: 1e8 });
  rmSync(folder, { recursive: true });
  return [...listing.matchAll(/^ +[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/gm)].map(([, text]) =>
    text.startsWith('.inst') ? undefined : text.replace(/\s+(\/\/.*)?$/, '').replaceAll('\t', ' '),
  );
}

/** Words of a row that it takes itself and that are allocated, as UDF never is. */
function candidates(row: A64Row, seed: number): number[] {
  const words = fc
    .sample(fc.integer({ min: 0, max: 0xffff_ffff }), { seed, numRuns: CANDIDATES_PER_ROW })
    .map((random) => wordOf(row, random))
    .filter((word) => decodeA64(word) === row && (row.name === 'UDF' || !isUndefined(emit(row, word))));
  return [...new Set(words)];
}

const words = A64_ROWS.filter((row) => row.emit !== undefined).flatMap(candidates);
const texts = disassemble(words);
const taken = new Map<A64Row | undefined, number>();
const lines = words.flatMap((word, i) => {
  const row = decodeA64(word);
  const count = taken.get(row) ?? 0;
  if (texts[i] === undefined || count === WORDS_PER_ROW) return [];
  taken.set(row, count + 1);
  return [`${word.toString(16).padStart(8, '0')} ${texts[i]}`];
});
writeFileSync(OUTPUT, `${lines.join('\n')}\n`);
console.log(`${lines.length} words of ${taken.size} rows`);
