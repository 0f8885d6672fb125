/** Bit masks that encodings describe: DecodeBitMasks, and runs of ones (DDI 0487, "DecodeBitMasks"). */

import { type Imm, immOf } from '../ir/builder.ts';

/** Rotates a 64-bit value right by `count`, 0 to 63. */
function rotateRight({ hi, lo }: Imm, count: number): Imm {
  const [h, l] = count >= 32 ? [lo, hi] : [hi, lo];
  const by = count & 31;
  return by === 0 ? immOf(h, l) : immOf((h >>> by) | (l << (32 - by)), (l >>> by) | (h << (32 - by)));
}

/** The low `width` bits of a word, 0 to 32. */
const lowOnes = (width: number): number => (width === 0 ? 0 : (-1 >>> (32 - width)) | 0);

/** `width` ones, 1 to 64, from bit `lsb` up; those beyond bit 63 come in again at bit 0. */
export const ones = (width: number, lsb = 0): Imm =>
  rotateRight(immOf(lowOnes(Math.max(width - 32, 0)), lowOnes(Math.min(width, 32))), (64 - lsb) & 63);

/** The bitwise complement. */
export const complement = ({ hi, lo }: Imm): Imm => immOf(~hi, ~lo);

/** wmask of DecodeBitMasks for a logical immediate of 32 (`sf` 0) or 64 bits; undefined when the encoding is reserved. */
export function decodeBitMasks(N: number, imms: number, immr: number, sf: number): Imm | undefined {
  const length = 31 - Math.clz32((N << 6) | (~imms & 0x3f));
  if (length < 1 || (N === 1 && sf === 0)) return undefined;
  const levels = (1 << length) - 1;
  const S = imms & levels;
  const R = immr & levels;
  if (S === levels) return undefined;
  if (length === 6) return rotateRight(ones(S + 1), R);
  const esize = 1 << length;
  const element = lowOnes(S + 1);
  let lo = ((element >>> R) | (element << (esize - R))) & lowOnes(esize);
  for (let size = esize; size < 32; size *= 2) lo |= lo << size;
  return immOf(sf ? lo : 0, lo);
}
