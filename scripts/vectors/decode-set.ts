/**
 * Records which of many words are UNDEFINED on QEMU into test/vectors/data/decode.bin.br.
 *   node scripts/run-ts.mjs scripts/vectors/decode-set.ts
 */

import { writeFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { ByteWriter } from '../../test/vectors/bytes.ts';
import { CODE_START } from '../../test/vectors/environment.ts';
import { Prng } from '../../test/vectors/prng.ts';
import { type FinalState, initialState } from '../../test/vectors/state.ts';
import { reservedOnesClear } from './classes.ts';
import { constrainedUnpredictable, undefinedByManual, unsafe } from './exclusions.ts';
import { runOnQemu } from './qemu.ts';
import { ROWS } from './rows.ts';

const WORDS = 50_000;
const patterns = ROWS.map(({ pattern }) => pattern);
const prng = new Prng(0xdec0de);

/** The first seed whose test runs at EL1h: there, HVC and SMC are allocated. SIMD and floating point trap, with EC 7. */
function seedAtEl1(): number {
  for (let seed = 0; ; seed++) if ((initialState(seed).pstate & 0xf) === 0b0101) return seed;
}

/** A word one or two bits away from an allocated one, or any word, each group of op0 as likely as another. */
function draw(): number {
  if (prng.chance(35)) return prng.u32();
  const { mask, value } = prng.pick(patterns);
  let word = (value | (prng.u32() & ~mask)) >>> 0;
  for (let flips = prng.below(3); flips > 0; flips--) word = (word ^ (1 << prng.below(32))) >>> 0;
  return word;
}

const usable = (word: number): boolean =>
  unsafe([word]) === undefined && constrainedUnpredictable(word) === undefined && !reservedOnesClear(word);

function isUndefined(word: number, answer: FinalState | undefined): boolean {
  if (undefinedByManual(word)) return true;
  return answer?.exception !== undefined && answer.exception.esr >>> 26 === 0 && answer.pc === BigInt(CODE_START);
}

const words = new Set<number>();
while (words.size < WORDS) {
  const word = draw();
  if (usable(word)) words.add(word);
}
const sorted = [...words].sort((a, b) => a - b);
const state = initialState(seedAtEl1());
const answers = runOnQemu(sorted.map((word) => ({ words: [word], state })));
const out = new ByteWriter();
out.u32(sorted.length);
for (const [n, word] of sorted.entries()) out.varint(n === 0 ? word : word - sorted[n - 1]);
const bits = new Uint8Array(Math.ceil(sorted.length / 8));
sorted.forEach((word, n) => {
  if (isUndefined(word, answers[n])) bits[n >> 3] |= 1 << (n & 7);
});
out.raw(bits);
const compressed = brotliCompressSync(out.bytes);
writeFileSync('test/vectors/data/decode.bin.br', compressed);
const count = sorted.filter((word, n) => isUndefined(word, answers[n])).length;
console.log(`${sorted.length} words, ${count} of them UNDEFINED, ${compressed.length} bytes`);
