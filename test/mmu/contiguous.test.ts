/** The Contiguous bit: how much one TLB entry that honours it holds, for each granule and level, at both stages. */

import { describe, expect, it } from 'vitest';
import { Tlb } from '../../src/mmu/tlb.ts';
import { READ } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

const CONTIGUOUS = 1n << 52n;
const ROOT = 0x4000_0000;
const NEXT = 0x4010_0000;
const OUTPUT = 0x10_0000_0000;
const TG0 = { 12: 0n, 14: 2n, 16: 1n };
const SL0 = { 12: [2n, 1n, 0n], 14: [undefined, 2n, 1n, 0n], 16: [undefined, 2n, 1n, 0n] };

/** [granule, level of the leaf, start level, input bits, log2 of a leaf, log2 of what one entry holds]. */
const CASES: [12 | 14 | 16, number, number, number, number, number][] = [
  [12, 3, 2, 30, 12, 16],
  [12, 2, 2, 30, 21, 25],
  // 16 GiB are more than an entry holds.
  [12, 1, 1, 39, 30, 30],
  [14, 3, 3, 25, 14, 21],
  [14, 2, 2, 36, 25, 30],
  [16, 3, 3, 29, 16, 21],
  // 16 GiB are more than an entry holds.
  [16, 2, 2, 42, 29, 29],
];

/** Tables of which each leaf has the bit, at `stage`. */
function bench(stage: 1 | 2, [granule, level, start, inputBits, leaf]: (typeof CASES)[number], tlb: Tlb): h.Bench {
  const made = new h.Bench(h.FULL, tlb);
  const flags = (level === 3 ? h.PAGE : h.BLOCK) | CONTIGUOUS | (stage === 1 ? h.AF : h.S2_RWX);
  if (level > start) made.memory.entry(ROOT, 0, h.at(NEXT, h.TABLE));
  for (let i = 0; i < 512; i++) {
    if (i * 2 ** leaf < 2 ** inputBits)
      made.memory.entry(level > start ? NEXT : ROOT, i, h.at(OUTPUT + i * 2 ** leaf, flags));
  }
  const t0sz = BigInt(64 - inputBits);
  if (stage === 1) {
    Object.assign(made.registers, { SCTLR_EL2: 1n, TCR_EL2: t0sz | (TG0[granule] << 14n) | (5n << 16n) });
    made.registers.TTBR0_EL2 = BigInt(ROOT);
  } else {
    const sl0 = SL0[granule][start] ?? 0n;
    made.registers.VTCR_EL2 = t0sz | (sl0 << 6n) | (TG0[granule] << 14n) | (5n << 16n);
    Object.assign(made.registers, { HCR_EL2: 1n, VTTBR_EL2: BigInt(ROOT) });
  }
  return made;
}

describe.each([1, 2] as const)('at stage %i', (stage) => {
  it.each(CASES)('granule 2 ** %i, level %i, start %i, %i bits: a leaf 2 ** %i, an entry 2 ** %i', (...shape) => {
    const [, , , , leaf, joined] = shape;
    const name = stage === 1 ? 'EL2' : 'EL1&0';
    for (const [contiguous, size] of [
      [true, joined],
      [false, leaf],
    ] as const) {
      const made = bench(stage, shape, new Tlb(8, 8, undefined, contiguous));
      const va = 2 ** leaf * (2 ** (joined - leaf) - 1) + 0x123 * 8;
      expect(made.translate(BigInt(va), READ, name)).toBe(true);
      expect(made.out.pa).toBe(OUTPUT + va);
      expect(made.mmu.tlb.entries()).toEqual([
        expect.objectContaining({ shift: size, level1: stage === 1 ? shape[1] : -1 }),
      ]);
      const { reads } = made.memory;
      expect(made.translate(0n, READ, name)).toBe(true);
      expect(made.out.pa).toBe(OUTPUT);
      expect(made.memory.reads > reads).toBe(size < joined);
    }
  });
});
