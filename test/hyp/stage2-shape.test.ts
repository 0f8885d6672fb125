import { describe, expect, it } from 'vitest';
import { VmError } from '../../src/hyp/errors.ts';
import { stage2Shape } from '../../src/hyp/stage2-shape.ts';

/** VTCR_EL2 without its sizes: RES1, PS = 44 bits, walks Inner Shareable Write-Back. */
const FIXED = 0x8004_3500;
/** SL0 for the 4K granule: 0 level 2, 1 level 1, 2 level 0. */
const sl0 = (value: number): number => value << 6;

describe('stage2Shape', () => {
  // DDI 0487, "Concatenated translation tables": 4K granule, fewest levels, at most 16 tables.
  it.each([
    [32, 2, 4, sl0(0)],
    [33, 2, 8, sl0(0)],
    [34, 2, 16, sl0(0)],
    [35, 1, 1, sl0(1)],
    [36, 1, 1, sl0(1)],
    [39, 1, 1, sl0(1)],
    [40, 1, 2, sl0(1)],
    [42, 1, 8, sl0(1)],
    [43, 1, 16, sl0(1)],
    [44, 0, 1, sl0(2)],
  ])('gives %i bits a start at level %i with %i tables', (ipaBits, startLevel, rootTables, start) => {
    const shape = stage2Shape(ipaBits, 44, 12);
    expect(shape).toMatchObject({ startLevel, rootTables });
    expect(shape.vtcr).toBe((FIXED | start | (64 - ipaBits)) >>> 0);
  });

  it.each([
    [14, 36, 2, 1],
    [14, 40, 2, 16],
    [14, 41, 1, 1],
    [16, 33, 3, 16],
    [16, 40, 2, 1],
    [16, 46, 2, 16],
    [16, 47, 1, 1],
  ] as const)('knows other granules: 2 ** %i bytes, %i bits', (granuleBits, ipaBits, startLevel, rootTables) => {
    expect(stage2Shape(ipaBits, 48, granuleBits)).toMatchObject({ startLevel, rootTables });
  });

  it.each([
    [12, 48],
    [14, 48],
    [16, 48],
  ] as const)('has the fewest levels that at most 16 tables allow, of 2 ** %i bytes', (granuleBits, paBits) => {
    const perTable = granuleBits - 3;
    for (let ipaBits = 32; ipaBits <= paBits; ipaBits++) {
      const { startLevel, rootTables } = stage2Shape(ipaBits, paBits, granuleBits);
      /** Tables that a start at a level takes, 1 at least. */
      const tables = (level: number): number => 2 ** Math.max(0, ipaBits - granuleBits - (4 - level) * perTable);
      expect([ipaBits, rootTables]).toEqual([ipaBits, tables(startLevel)]);
      expect(rootTables).toBeLessThanOrEqual(16);
      if (startLevel < 3) expect(tables(startLevel + 1)).toBeGreaterThan(16);
    }
  });

  it.each([31, 45, 48, 40.5, Number.NaN])('refuses %d bits on a CPU with 44', (ipaBits) => {
    expect(() => stage2Shape(ipaBits, 44, 12)).toThrow(VmError);
  });
});
