/** Start levels, input sizes and table bases of stage 1, for each granule, TxSZ and range. */

import { describe, expect, it } from 'vitest';
import { READ } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

/** Ranges by how TCR describes them: TTBR0 and TTBR1 of EL1&0, TTBR0 of EL2; the fields TG0 and TG1 differ. */
const RANGES = {
  TTBR0_EL1: { name: 'EL1&0', txsz: 0n, tg: 14n, codes: { 12: 0n, 14: 2n, 16: 1n }, upper: false },
  TTBR1_EL1: { name: 'EL1&0', txsz: 16n, tg: 30n, codes: { 12: 2n, 14: 1n, 16: 3n }, upper: true },
  TTBR0_EL2: { name: 'EL2', txsz: 0n, tg: 14n, codes: { 12: 0n, 14: 2n, 16: 1n }, upper: false },
} as const;
type Ttbr = keyof typeof RANGES;
type Granule = 12 | 14 | 16;

/** DDI 0487, "Input address size configuration and start levels": the largest size whose lookup begins at each level. */
const LARGEST: Readonly<Record<Granule, readonly [level: number, inputBits: number][]>> = {
  12: [
    [2, 30],
    [1, 39],
    [0, 48],
  ],
  14: [
    [3, 25],
    [2, 36],
    [1, 47],
    [0, 48],
  ],
  16: [
    [3, 29],
    [2, 42],
    [1, 48],
  ],
};
const startLevel = (granule: Granule, inputBits: number): number =>
  (LARGEST[granule].find(([, largest]) => inputBits <= largest) as [number, number])[0];
const entryShift = (granule: Granule, level: number): number => granule + (3 - level) * (granule - 3);

function bench(ttbr: Ttbr, granule: Granule, txsz: number, base: number): h.Bench {
  const range = RANGES[ttbr];
  const b = new h.Bench(h.FULL);
  const ps = range.name === 'EL2' ? 5n << 16n : 5n << 32n;
  const tcr = (BigInt(txsz) << range.txsz) | (range.codes[granule] << range.tg) | ps;
  Object.assign(b.registers, { SCTLR_EL1: 1n, SCTLR_EL2: 1n, TCR_EL1: tcr, TCR_EL2: tcr, [ttbr]: BigInt(base) });
  return b;
}

describe.each(Object.keys(RANGES) as Ttbr[])('%s', (ttbr) => {
  const { name, upper } = RANGES[ttbr];
  const va = (offset: number): bigint => BigInt.asUintN(64, upper ? ~BigInt(offset) : BigInt(offset));

  it.each([12, 14, 16] as const)(
    'granule 2^%i: each TxSZ from 16 to 39 has its level, all others fault at level 0',
    (granule) => {
      for (let txsz = 0; txsz < 64; txsz++) {
        const b = bench(ttbr, granule, txsz, 0);
        b.memory.table(0, 1 << 13);
        b.walk(va(0), READ, name);
        const level = txsz < 16 || txsz > 39 ? undefined : startLevel(granule, 64 - txsz);
        expect([txsz, b.steps[0]?.level, b.fault]).toEqual([txsz, level, h.stage1Fault('translation', level ?? 0)]);
      }
    },
  );

  it.each([12, 14, 16] as const)(
    'granule 2^%i: the range ends where TxSZ says, at the last entry of the table',
    (granule) => {
      for (let txsz = 16; txsz <= 39; txsz++) {
        const inputBits = 64 - txsz;
        const shift = entryShift(granule, startLevel(granule, inputBits));
        const bytes = 2 ** (inputBits - shift) * 8;
        const base = Math.max(bytes, 16) * 3;
        // Bits of the TTBR below the size of the table do not count.
        const b = bench(ttbr, granule, txsz, base + bytes / 2);
        b.memory.table(base, bytes / 8);
        b.walk(va(2 ** inputBits - 1), READ, name);
        expect([txsz, b.steps[0]?.descriptorAddress]).toEqual([txsz, upper ? base : base + bytes - 8]);
        expect([txsz, b.walk(va(2 ** inputBits), READ, name), b.steps, b.fault.level]).toEqual([txsz, false, [], 0]);
      }
    },
  );
});
