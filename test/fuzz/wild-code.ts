/** Code that makes no sense: random bytes, random instructions of every row, and firmware with bytes changed. */

import { SYSREGS, SYSTEM_INSTRUCTIONS_BY_KEY } from '../../src/arch/sysregs/table.ts';
import { A64_ROWS } from '../../src/cpu/a64/rows.ts';
import type { Prng } from '../vectors/prng.ts';

const KEYS = [...SYSREGS.keys(), ...SYSTEM_INSTRUCTIONS_BY_KEY.keys()];
const ROWS = A64_ROWS.filter(({ emit }) => emit !== undefined);
const SVC_HVC_SMC = [0xd400_0001, 0xd400_0002, 0xd400_0003, 0xd45e_0000];

/** A word that is mostly allocated: any row, or an access to any system register or instruction there is. */
function wildWord(prng: Prng): number {
  const kind = prng.below(20);
  if (kind === 0) return prng.u32();
  if (kind === 1) return prng.pick(SVC_HVC_SMC);
  if (kind === 2) return (0xd500_0000 | (prng.below(2) << 21) | (prng.pick(KEYS) << 5) | prng.below(32)) >>> 0;
  const { mask, value } = prng.pick(ROWS).pattern;
  return (value | (prng.u32() & ~mask)) >>> 0;
}

/** `words` random instructions. */
export function wildImage(prng: Prng, words: number): Uint8Array {
  const isNoise = prng.chance(10);
  return new Uint8Array(Uint32Array.from({ length: words }, () => (isNoise ? prng.u32() : wildWord(prng))).buffer);
}

/** A copy with up to `most` bytes changed, mostly within the first `focus` bytes. */
export function mutated(prng: Prng, file: Uint8Array, most: number, focus = file.length): Uint8Array {
  const out = file.slice();
  for (let i = 1 + prng.below(most); i > 0; i--) {
    const at = prng.below(prng.chance(80) ? Math.min(focus, file.length) : file.length);
    out[at] = prng.chance(30) ? prng.pick([0, 1, 0x7f, 0x80, 0xff]) : prng.below(256);
  }
  return prng.chance(5) ? out.subarray(0, prng.below(out.length)) : out;
}
