/** Bit masks against the manual's pseudocode, over all encodings. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complement, decodeBitMasks, ones } from '../../../src/cpu/a64/bitmask.ts';
import type { Imm } from '../../../src/cpu/ir/builder.ts';

const toBigInt = ({ hi, lo }: Imm): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

/** DDI 0487, DecodeBitMasks(immN, imms, immr, TRUE), the wmask of it, step by step. */
function pseudocode(N: number, imms: number, immr: number, M: number): bigint | undefined {
  const bits = ((N << 6) | (~imms & 0x3f)).toString(2).padStart(7, '0');
  const len = bits.indexOf('1') === -1 ? -1 : 6 - bits.indexOf('1');
  if (len < 1 || M < 1 << len) return undefined;
  const levels = 2 ** len - 1;
  if ((imms & levels) === levels) return undefined;
  const S = imms & levels;
  const R = immr & levels;
  const esize = 1 << len;
  const welem = '1'.repeat(S + 1).padStart(esize, '0');
  const rotated = welem.slice(esize - R) + welem.slice(0, esize - R);
  return BigInt(`0b${rotated.repeat(M / esize)}`);
}

describe('decodeBitMasks', () => {
  it.each([0, 1])('is the pseudocode for all 13-bit fields, sf %i', (sf) => {
    const wrong: string[] = [];
    for (let field = 0; field < 1 << 13; field++) {
      const [N, immr, imms] = [field >> 12, (field >> 6) & 63, field & 63];
      const mask = decodeBitMasks(N, imms, immr, sf);
      const value = mask === undefined ? undefined : toBigInt(mask);
      if (value !== pseudocode(N, imms, immr, sf ? 64 : 32)) wrong.push(`N ${N} immr ${immr} imms ${imms}: ${value}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('ones', () => {
  it('is a run of ones, and complement its opposite', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(63), (width, lsb) => {
        const run = (2n ** BigInt(width) - 1n) << BigInt(lsb);
        const expected = BigInt.asUintN(64, run | (run >> 64n));
        expect(toBigInt(ones(width, lsb))).toBe(expected);
        expect(toBigInt(complement(ones(width, lsb)))).toBe(BigInt.asUintN(64, ~expected));
      }),
    );
  });
});
