/** Start levels, input sizes and concatenation of stage 2, as VTCR_EL2 may and may not combine them. */

import { describe, expect, it } from 'vitest';
import { READ } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

const TG0 = { 12: 0n, 14: 2n, 16: 1n };
const K16 = { ...h.FULL, paBits: 44 };

/** VTCR_EL2 for an input size. */
const vtcr = (granule: 12 | 14 | 16, sl0: number, inputBits: number): bigint =>
  BigInt(64 - inputBits) | (BigInt(sl0) << 6n) | (TG0[granule] << 14n) | (4n << 16n);

function bench(value: bigint, vttbr: number, features = K16): h.Bench {
  const b = new h.Bench(features);
  Object.assign(b.registers, { HCR_EL2: 1n, VTCR_EL2: value, VTTBR_EL2: BigInt(vttbr) });
  return b;
}

/** Level of the first descriptor that a walk reads; undefined when it reads none. */
function firstLevel(value: bigint, paBits: number): number | undefined {
  const b = bench(value, 0, { ...h.FULL, paBits });
  b.memory.table(0, 16);
  expect(b.walk(0n, READ)).toBe(false);
  expect(b.fault).toEqual(h.stage2Fault('translation', b.steps[0]?.level ?? 0, 0));
  return b.steps[0]?.level;
}

describe('concatenated tables', () => {
  it.each([
    // 16 tables: 40-bit IPAs from level 2 with 16K pages, 33-bit IPAs from level 3 with 64K pages.
    { granule: 14 as const, sl0: 1, inputBits: 40, entryShift: 25, bytes: 0x4_0000 },
    { granule: 16 as const, sl0: 0, inputBits: 33, entryShift: 16, bytes: 0x10_0000 },
    { granule: 12 as const, sl0: 1, inputBits: 43, entryShift: 30, bytes: 0x1_0000 },
    { granule: 12 as const, sl0: 1, inputBits: 40, entryShift: 30, bytes: 0x2000 },
  ])(
    'granule 2^$granule, $inputBits-bit IPAs: $bytes bytes, aligned',
    ({ granule, sl0, inputBits, entryShift, bytes }) => {
      const base = bytes * 3;
      // Low bits of VTTBR_EL2 below the size of all tables do not count.
      const b = bench(vtcr(granule, sl0, inputBits), base + bytes / 2);
      const last = 2 ** (inputBits - entryShift) - 1;
      expect((last + 1) * 8).toBe(bytes);
      b.memory.entry(base, last, 0n);
      expect(b.walk(BigInt(2 ** inputBits - 8), READ)).toBe(false);
      expect(b.fault.kind).toBe('translation');
      expect(b.steps[0]).toMatchObject({ descriptorAddress: base + bytes - 8, kind: 'invalid' });
      expect(b.walk(BigInt(2 ** inputBits), READ)).toBe(false);
      expect(b.fault).toEqual(h.stage2Fault('translation', 0, 2 ** inputBits));
    },
  );

  it('maps through the last of 16 tables of 16K pages', () => {
    const b = bench(vtcr(14, 1, 40), 0x4_0000);
    const leaf = 0x10_0000;
    b.memory.entry(0x4_0000, 0x7fff, h.at(leaf, h.TABLE));
    b.memory.entry(leaf, 0x7ff, h.at(0x20_0000, h.PAGE | h.S2_RWX));
    expect(b.walk(BigInt(2 ** 40 - 0x4000 + 0x10), READ)).toBe(true);
    expect(b.out).toMatchObject({ pa: 0x20_0010, shift: 14, level2: 3 });
  });

  it('maps a 512 MiB block of 64K pages', () => {
    const b = bench(vtcr(16, 1, 42), 0x10_0000);
    b.memory.entry(0x10_0000, 3, h.at(0x2000_0000, h.BLOCK | h.S2_RWX));
    expect(b.walk(0x6000_0008n, READ)).toBe(true);
    expect(b.out).toMatchObject({ pa: 0x2000_0008, shift: 29, level2: 2 });
  });
});

describe('start levels', () => {
  it.each([
    // granule, SL0, smallest and largest input size, level, smallest PA size
    { granule: 12 as const, sl0: 2, min: 40, max: 52, level: 0, paMin: 44 },
    { granule: 12 as const, sl0: 1, min: 31, max: 43, level: 1, paMin: 36 },
    { granule: 12 as const, sl0: 0, min: 22, max: 34, level: 2, paMin: 36 },
    { granule: 14 as const, sl0: 2, min: 37, max: 51, level: 1, paMin: 42 },
    { granule: 14 as const, sl0: 1, min: 26, max: 40, level: 2, paMin: 36 },
    { granule: 14 as const, sl0: 0, min: 15, max: 29, level: 3, paMin: 36 },
    { granule: 16 as const, sl0: 2, min: 43, max: 59, level: 1, paMin: 44 },
    { granule: 16 as const, sl0: 1, min: 30, max: 46, level: 2, paMin: 36 },
    { granule: 16 as const, sl0: 0, min: 17, max: 33, level: 3, paMin: 36 },
  ])(
    'granule 2^$granule, SL0 = $sl0: level $level for $min to $max bits',
    ({ granule, sl0, min, max, level, paMin }) => {
      for (const paBits of [36, 40, 42, 44, 48]) {
        for (let inputBits = 16; inputBits <= 48; inputBits++) {
          // T0SZ runs from 64 - PA size to 39.
          const fits = inputBits >= Math.max(min, 25) && inputBits <= Math.min(max, paBits) && paBits >= paMin;
          expect([inputBits, paBits, firstLevel(vtcr(granule, sl0, inputBits), paBits)]).toEqual([
            inputBits,
            paBits,
            fits ? level : undefined,
          ]);
        }
      }
    },
  );

  it('SL0 = 3 is reserved', () => {
    for (const granule of [12, 14, 16] as const) {
      for (let inputBits = 25; inputBits <= 48; inputBits++) {
        expect(firstLevel(vtcr(granule, 3, inputBits), 48)).toBeUndefined();
      }
    }
  });

  it('a granule that is not implemented, and the reserved one, act as 4K', () => {
    for (const tg of [2n, 3n]) {
      const b = bench((vtcr(12, 1, 39) & ~(3n << 14n)) | (tg << 14n), 0x1000, h.A57);
      b.memory.entry(0x1000, 1, h.at(0x4000_0000, h.BLOCK | h.S2_RWX));
      expect(b.walk(0x4000_0000n, READ)).toBe(true);
      expect(b.out.shift).toBe(30);
    }
  });
});
