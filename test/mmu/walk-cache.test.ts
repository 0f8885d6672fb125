/** The cache of table descriptors: a walk begins below what it holds, and each TLBI removes what it must. */

import { beforeEach, describe, expect, it } from 'vitest';
import { Tlb } from '../../src/mmu/tlb.ts';
import type { TlbiOp } from '../../src/mmu/tlbi.ts';
import { TLBI } from '../../src/mmu/tlbi.ts';
import { READ } from '../../src/mmu/translation.ts';
import { WalkCache } from '../../src/mmu/walk-cache.ts';
import * as h from './harness.ts';

const L1 = 0x4000_0000;
const L2 = 0x4000_1000;
const L3 = 0x4000_2000;
const OTHER_L3 = 0x4000_3000;
const S2_L1 = 0x6000_0000;
const S2_L2 = 0x6000_2000;
const OTHER_S2_L2 = 0x6000_3000;
const DATA = 0x4020_0000;
const OTHER = 0x4040_0000;
const LEAF = h.PAGE | h.AF | h.NG;
const ASID = 3;
const VMID = 1;

let cache: WalkCache;
let bench: h.Bench;

/** Page n of VAs maps DATA by L3, or OTHER by OTHER_L3; stage 2 maps to itself by S2_L2, 2 MiB further by OTHER_S2_L2. */
beforeEach(() => {
  cache = new WalkCache(16);
  bench = new h.Bench(h.A57, new Tlb(1, 1, cache));
  Object.assign(bench.registers, {
    SCTLR_EL1: 0x1005n,
    SCTLR_EL2: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n),
    TCR_EL2: 25n | (4n << 16n),
    TTBR0_EL1: BigInt(L1) | (BigInt(ASID) << 48n),
    TTBR1_EL1: BigInt(L1),
    TTBR0_EL2: BigInt(L1),
    MAIR_EL1: 0xffn,
    VTCR_EL2: 24n | (1n << 6n) | (4n << 16n),
    VTTBR_EL2: BigInt(S2_L1) | (BigInt(VMID) << 48n),
  });
  bench.memory.entry(L1, 0, h.at(L2, h.TABLE));
  bench.memory.entry(L2, 0, h.at(L3, h.TABLE));
  for (let i = 0; i < 512; i++) {
    bench.memory.entry(L3, i, h.at(DATA + i * 4096, LEAF));
    bench.memory.entry(OTHER_L3, i, h.at(OTHER + i * 4096, LEAF));
    bench.memory.entry(S2_L2, i, h.at(0x4000_0000 + i * 0x20_0000, h.BLOCK | h.S2_RWX));
    bench.memory.entry(OTHER_S2_L2, i, h.at(0x4020_0000 + i * 0x20_0000, h.BLOCK | h.S2_RWX));
  }
  bench.memory.entry(S2_L1, 1, h.at(S2_L2, h.TABLE));
});

/** PA of a VA through the TLB. */
const pa = (va: bigint, name?: 'EL2'): number => {
  expect(bench.translate(va, READ, name)).toBe(true);
  return bench.out.pa;
};
const pageOf = (va: bigint): number => Number((va >> 12n) & 0xfff_ffff_ffffn);

it('reads one descriptor where the tables above are known', () => {
  pa(0x1000n);
  const before = bench.memory.reads;
  expect(pa(0x2000n)).toBe(DATA + 0x2000);
  expect(bench.memory.reads - before).toBe(1);
});

it('hides a table that was replaced until a TLBI of its addresses, but not from another ASID or VMID', () => {
  pa(0x1000n);
  bench.memory.entry(L2, 0, h.at(OTHER_L3, h.TABLE));
  expect(pa(0x2000n)).toBe(DATA + 0x2000);
  bench.registers.TTBR0_EL1 = BigInt(L1) | (4n << 48n);
  bench.mmu.tlb.invalidate('VALE1', VMID, ASID, 2);
  expect(pa(0x2000n)).toBe(OTHER + 0x2000);
  bench.registers.TTBR0_EL1 = BigInt(L1) | (BigInt(ASID) << 48n);
  bench.registers.VTTBR_EL2 = BigInt(S2_L1) | (2n << 48n);
  expect(pa(0x3000n)).toBe(OTHER + 0x3000);
  bench.registers.VTTBR_EL2 = BigInt(S2_L1) | (BigInt(VMID) << 48n);
  bench.mmu.tlb.invalidate('VALE1', VMID, ASID, 4);
  expect(pa(0x4000n)).toBe(DATA + 0x4000);
  bench.mmu.tlb.invalidate('VAE1', VMID, ASID, 4);
  expect(pa(0x4000n)).toBe(OTHER + 0x4000);
});

it('keeps the limits that a table puts on all below it', () => {
  bench.memory.entry(L1, 0, h.at(L2, h.TABLE | (1n << 62n)));
  pa(0x1000n);
  expect(bench.translate(0x2000n, READ)).toBe(true);
  expect(bench.out.writable).toBe(false);
});

it('holds table descriptors of both stages apart', () => {
  bench.registers.HCR_EL2 = 1n;
  pa(0x1000n);
  bench.memory.entry(S2_L1, 1, h.at(OTHER_S2_L2, h.TABLE));
  const spaces = new Set(cache.entries.filter((e) => e.valid).map((e) => e.space));
  expect([...spaces].sort()).toEqual([1, 2]);
  bench.mmu.tlb.invalidate('IPAS2LE1', VMID, 0, DATA / 4096);
  expect(pa(0x2000n)).toBe(DATA + 0x2000);
});

describe('each TLBI removes the table descriptors in its scope', () => {
  const UPPER = 0xffff_ff80_0000_1000n;
  const SPACES = ['S1', 'S12', 'S2', 'EL2'];
  const left = (): string[] =>
    cache.entries
      .filter((e) => e.valid)
      .map((e) => `${SPACES[e.space]} ${e.vmid} ${e.asid} ${e.hi === 0 ? 'lower' : 'upper'} ${e.level}`)
      .sort();

  beforeEach(() => {
    cache = new WalkCache(64);
    const { memory, registers } = bench;
    bench = new h.Bench(h.A57, new Tlb(64, 64, cache));
    for (const [at, word] of memory.words) bench.memory.words.set(at, word);
    Object.assign(bench.registers, registers);
    for (const vmid of [1n, 2n]) {
      for (const asid of [3n, 4n]) {
        for (const hcr of [0n, 1n]) {
          bench.registers.VTTBR_EL2 = BigInt(S2_L1) | (vmid << 48n);
          bench.registers.TTBR0_EL1 = BigInt(L1) | (asid << 48n);
          bench.registers.HCR_EL2 = hcr;
          pa(0x1000n);
          pa(UPPER);
        }
      }
    }
    pa(0x1000n, 'EL2');
  });

  const everything = [
    ...[1, 2].flatMap((v) => [3, 4].flatMap((a) => [1, 2].map((level) => `S1 ${v} ${a} lower ${level}`))),
    ...[1, 2].flatMap((v) => [3, 4].flatMap((a) => [1, 2].map((level) => `S1 ${v} ${a} upper ${level}`))),
    ...[1, 2].flatMap((v) => [3, 4].flatMap((a) => [1, 2].map((level) => `S12 ${v} ${a} lower ${level}`))),
    ...[1, 2].flatMap((v) => [3, 4].flatMap((a) => [1, 2].map((level) => `S12 ${v} ${a} upper ${level}`))),
    ...[1, 2].map((v) => `S2 ${v} 0 lower 1`),
    'EL2 0 0 lower 1',
    'EL2 0 0 lower 2',
  ].sort();

  it('starts from all kinds', () => expect(left()).toEqual(everything));

  const EL10 = /^S12? 1 /;
  const matrix: [TlbiOp, bigint, (line: string) => boolean][] = [
    ['VMALLE1', 0n, (l) => EL10.test(l)],
    ['VMALLS12E1', 0n, (l) => /^S\S* 1 /.test(l)],
    ['ALLE1', 0n, (l) => l.startsWith('S')],
    ['ALLE2', 0n, (l) => l.startsWith('EL2')],
    ['ASIDE1', 0n, (l) => EL10.test(l) && l.includes(' 1 3 ')],
    ['VAE1', 0x1000n, (l) => /^S12? 1 3 lower/.test(l)],
    ['VAE1', UPPER, (l) => /^S12? 1 3 upper/.test(l)],
    ['VAE1', 0x20_0000n, (l) => /^S12? 1 3 lower 1/.test(l)],
    ['VAE1', 0x4000_0000n, () => false],
    ['VAAE1', 0x1000n, (l) => /^S12? 1 . lower/.test(l)],
    ['VALE1', 0x1000n, () => false],
    ['VAALE1', 0x1000n, () => false],
    ['IPAS2E1', BigInt(DATA), (l) => l.startsWith('S2 1')],
    ['IPAS2E1', 0x8000_0000n, () => false],
    ['IPAS2LE1', BigInt(DATA), () => false],
    ['VAE2', 0x1000n, (l) => l.startsWith('EL2')],
    ['VALE2', 0x1000n, () => false],
  ];
  it.each(matrix)('%s of VMID 1, ASID 3, address %s', (op, address, gone) => {
    bench.mmu.tlb.invalidate(op, VMID, ASID, pageOf(address));
    expect(left()).toEqual(everything.filter((line) => !gone(line)));
  });

  it('covers every operation', () => {
    expect(new Set(matrix.map(([op]) => op))).toEqual(new Set(Object.keys(TLBI)));
  });
});
