/** Each fault by name, in tables made by hand: kind, stage, level, S1PTW and IPA. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EXECUTE, READ, STAGE1_ONLY, UNPRIVILEGED, WRITE } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

const L1 = 0x4000_0000;
const L2 = 0x4000_1000;
const L3 = 0x4000_2000;
const DATA = 0x4020_0000;
const VA = 0x1000n;
const LEAF = h.PAGE | h.AF | h.SH_INNER;

let bench: h.Bench;

/** 39-bit VAs in both ranges, 4K granule, 44-bit IPAs; VA 0x1000 maps DATA at level 3. */
beforeEach(() => {
  bench = new h.Bench();
  Object.assign(bench.registers, {
    SCTLR_EL1: 0x1005n,
    SCTLR_EL2: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n),
    TCR_EL2: 25n | (4n << 16n),
    TTBR0_EL1: BigInt(L1),
    TTBR1_EL1: BigInt(L1),
    TTBR0_EL2: BigInt(L1),
    MAIR_EL1: 0x44ffn,
    MAIR_EL2: 0x44ffn,
  });
  for (const table of [L1, L2, L3]) bench.memory.table(table, 512);
  bench.memory.entry(L1, 0, h.at(L2, h.TABLE));
  bench.memory.entry(L2, 0, h.at(L3, h.TABLE));
  map(LEAF);
});

const map = (flags: bigint): void => bench.memory.entry(L3, 1, h.at(DATA, flags));
const refused = (access: number, va = VA, name?: 'EL2') => {
  expect(bench.walk(va, access, name)).toBe(false);
  return bench.fault;
};

describe('stage 1 translates', () => {
  it('a page, with its offset, level and memory type', () => {
    expect(bench.walk(VA + 0x234n, READ)).toBe(true);
    expect(bench.out).toMatchObject({ pa: DATA + 0x234, ipa: DATA + 0x234, shift: 12, level1: 3, level2: -1 });
    expect(bench.out).toMatchObject({ attributes: 0xff, shareability: 3, device: false, global: true });
  });

  it('a block of 2 MiB and one of 1 GiB', () => {
    bench.memory.entry(L2, 1, h.at(0x8020_0000, h.BLOCK | h.AF));
    bench.memory.entry(L1, 1, h.at(0x1_0000_0000, h.BLOCK | h.AF));
    expect(bench.walk(0x2f_1234n, READ)).toBe(true);
    expect(bench.out).toMatchObject({ pa: 0x802f_1234, shift: 21, level1: 2 });
    expect(bench.walk(0x7fff_fff8n, READ)).toBe(true);
    expect(bench.out).toMatchObject({ pa: 0x1_3fff_fff8, shift: 30, level1: 1 });
  });

  it('the upper range by TTBR1', () => {
    expect(bench.walk(0xffff_ff80_0000_1000n, READ)).toBe(true);
    expect(bench.out.pa).toBe(DATA);
  });

  it('a tagged address only when TBI is set', () => {
    const tagged = 0x5a00_0000_0000_1000n;
    expect(refused(READ, tagged)).toEqual(h.stage1Fault('translation', 0));
    bench.registers.TCR_EL1 |= 1n << 37n;
    expect(bench.walk(tagged, READ)).toBe(true);
    expect(refused(READ, tagged | (1n << 55n))).toEqual(h.stage1Fault('translation', 0));
  });

  it('with big-endian descriptors when SCTLR.EE is set', () => {
    const swap = (v: bigint) => BigInt(`0x${v.toString(16).padStart(16, '0').match(/../g)?.toReversed().join('')}`);
    for (const [pa, word] of bench.memory.words) bench.memory.words.set(pa, swap(word));
    expect(refused(READ).kind).not.toBe('permission');
    bench.registers.SCTLR_EL1 |= 1n << 25n;
    expect(bench.walk(VA, READ)).toBe(true);
  });

  it('nothing when HCR_EL2.TGE is set: the VA is the PA', () => {
    bench.registers.HCR_EL2 = 1n << 27n;
    expect(bench.walk(VA, READ)).toBe(true);
    expect(bench.out).toMatchObject({ pa: 0x1000, device: true });
    expect(bench.walk(VA, EXECUTE)).toBe(true);
    expect(bench.out).toMatchObject({ pa: 0x1000, device: false, attributes: 0xaa });
  });
});

describe('stage 1 faults', () => {
  it.each([
    ['between the ranges', 0x0000_0080_0000_0000n],
    ['below the upper range', 0xffff_ff00_0000_0000n],
    ['with wrong top bits', 0x8000_0000_0000_1000n],
  ])('translation level 0: a VA %s', (_, va) => {
    expect(refused(READ, va)).toEqual(h.stage1Fault('translation', 0));
  });

  it('translation level 0: EPD0, and TxSZ out of bounds', () => {
    const { TCR_EL1 } = bench.registers;
    bench.registers.TCR_EL1 = TCR_EL1 | (1n << 7n);
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 0));
    for (const t0sz of [15n, 40n]) {
      bench.registers.TCR_EL1 = (TCR_EL1 & ~0x3fn) | t0sz;
      expect(refused(READ)).toEqual(h.stage1Fault('translation', 0));
    }
  });

  it('translation level 0: one bit above a range of 32 MiB', () => {
    bench.registers.TCR_EL1 = (bench.registers.TCR_EL1 & ~0x3fn) | 39n;
    bench.registers.TTBR0_EL1 = BigInt(L2);
    expect(bench.walk(VA, READ)).toBe(true);
    for (const bit of [25n, 31n, 32n, 55n]) {
      expect(refused(READ, VA | (1n << bit)).level).toBe(0);
    }
  });

  it('translation at each level', () => {
    map(0n);
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 3));
    map(h.BLOCK | h.AF);
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 3));
    bench.memory.entry(L2, 0, 0n);
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 2));
    bench.memory.entry(L1, 0, 0n);
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 1));
  });

  it('translation: a block at level 0', () => {
    bench.registers.TCR_EL1 = 16n | (4n << 32n);
    bench.memory.entry(L1, 0, h.at(0, h.BLOCK | h.AF));
    expect(refused(READ)).toEqual(h.stage1Fault('translation', 0));
  });

  it('address size: leaf, table, TTBR, beyond IPS or the PA size', () => {
    bench.registers.TCR_EL1 &= ~(7n << 32n);
    bench.memory.entry(L3, 1, h.at(0x1_0000_0000, LEAF));
    expect(refused(READ)).toEqual(h.stage1Fault('addressSize', 3));
    bench.memory.entry(L2, 0, h.at(0x1_0000_0000, h.TABLE));
    expect(refused(READ)).toEqual(h.stage1Fault('addressSize', 2));
    bench.registers.TTBR0_EL1 = 0x1_0000_0000n;
    expect(refused(READ)).toEqual(h.stage1Fault('addressSize', 0));
    bench.registers.TCR_EL1 |= 5n << 32n;
    bench.registers.TTBR0_EL1 = 1n << 44n;
    expect(refused(READ)).toEqual(h.stage1Fault('addressSize', 0));
  });

  it('address size level 0: stage 1 off and a VA beyond the PA size', () => {
    bench.registers.SCTLR_EL1 = 0n;
    expect(bench.walk((1n << 44n) - 8n, READ)).toBe(true);
    expect(refused(READ, 1n << 44n)).toEqual(h.stage1Fault('addressSize', 0));
    expect(refused(READ, 1n << 63n)).toEqual(h.stage1Fault('addressSize', 0));
    bench.registers.TCR_EL1 |= 1n << 37n;
    expect(bench.walk((0x5an << 56n) | 0x1000n, READ)).toBe(true);
    expect(bench.out.pa).toBe(0x1000);
  });

  it('access flag, before permission', () => {
    map((LEAF & ~h.AF) | h.AP_RO);
    expect(refused(WRITE)).toEqual(h.stage1Fault('accessFlag', 3));
  });

  it('external abort on the walk', () => {
    bench.memory.words.delete(L3 + 8);
    expect(refused(READ)).toEqual(h.stage1Fault('externalOnWalk', 3));
    bench.registers.TTBR0_EL1 = 0x9000_0000n;
    expect(refused(READ)).toEqual(h.stage1Fault('externalOnWalk', 1));
  });
});

describe('stage 1 permissions', () => {
  const el0 = (kind: number): number => kind | UNPRIVILEGED;
  const rights = (name?: 'EL2') =>
    [READ, WRITE, EXECUTE, el0(READ), el0(WRITE), el0(EXECUTE)]
      .map((access, i) => (bench.walk(VA, access, name) ? 'rwxRWX'[i] : '-'))
      .join('');

  it.each([
    ['AP = 00', 0n, 'rwx--X'],
    ['AP = 01: EL1 may not execute what EL0 may write', h.AP_EL0, 'rw-RWX'],
    ['AP = 10', h.AP_RO, 'r-x--X'],
    ['AP = 11', h.AP_RO | h.AP_EL0, 'r-xR-X'],
    ['PXN', h.PXN, 'rw---X'],
    ['UXN', h.XN, 'rwx---'],
  ])('%s', (_, flags, want) => {
    map(LEAF | flags);
    expect(rights()).toBe(want);
  });

  it.each([
    ['APTable = 01', 1n << 61n, h.AP_EL0, 'rwx--X'],
    ['APTable = 10: read-only, so executable at EL1', 1n << 62n, h.AP_EL0, 'r-xR-X'],
    ['UXNTable', 1n << 60n, h.AP_EL0, 'rw-RW-'],
    ['PXNTable', 1n << 59n, 0n, 'rw---X'],
  ])('%s of any level above', (_, limit, flags, want) => {
    map(LEAF | flags);
    bench.memory.entry(L1, 0, h.at(L2, h.TABLE | limit));
    expect(rights()).toBe(want);
    bench.memory.entry(L1, 0, h.at(L2, h.TABLE));
    bench.memory.entry(L2, 0, h.at(L3, h.TABLE | limit));
    expect(rights()).toBe(want);
  });

  it('SCTLR.WXN: what may be written may not be executed', () => {
    bench.registers.SCTLR_EL1 |= 1n << 19n;
    expect(rights()).toBe('rw---X');
    map(LEAF | h.AP_RO);
    expect(rights()).toBe('r-x--X');
    map(LEAF | h.AP_EL0);
    expect(rights()).toBe('rw-RW-');
  });

  it('EL2 has one privilege and one XN', () => {
    map(LEAF | h.AP_EL0);
    expect(rights('EL2')).toBe('rwxRWX');
    map(LEAF | h.AP_EL0 | h.PXN | h.AP_RO);
    expect(rights('EL2')).toBe('r-xR-X');
    map(LEAF | h.AP_EL0 | h.XN);
    expect(rights('EL2')).toBe('rw-RW-');
  });

  it('a permission fault has the level of the leaf', () => {
    map(LEAF | h.AP_RO);
    expect(refused(WRITE)).toEqual(h.stage1Fault('permission', 3));
    bench.memory.entry(L2, 0, h.at(DATA, h.BLOCK | h.AF));
    expect(refused(el0(READ))).toEqual(h.stage1Fault('permission', 2));
  });
});

describe('stage 2', () => {
  const S2_L1 = 0x6000_0000;
  const S2_L2 = 0x6000_2000;
  const S2_L3 = 0x6000_3000;
  /** Index, in the level-2 table of the second GiB, of the block that holds `ipa`. */
  const block = (ipa: number): number => (ipa >> 21) & 0x1ff;

  /** 40-bit IPAs, two tables at level 1; the second GiB is mapped to itself by blocks of 2 MiB. */
  beforeEach(() => {
    Object.assign(bench.registers, {
      HCR_EL2: 1n,
      VTCR_EL2: 24n | (1n << 6n) | (4n << 16n),
      VTTBR_EL2: (7n << 48n) | BigInt(S2_L1),
    });
    bench.memory.table(S2_L1, 1024);
    bench.memory.table(S2_L2, 512);
    bench.memory.table(S2_L3, 512);
    bench.memory.entry(S2_L1, 1, h.at(S2_L2, h.TABLE));
    for (let i = 0; i < 512; i++) bench.memory.entry(S2_L2, i, h.at(0x4000_0000 + i * 0x20_0000, h.BLOCK | h.S2_RWX));
  });
  /** Gives the block of an IPA other flags, or none. */
  const remap = (ipa: number, flags: bigint, pa = ipa): void => {
    const start = pa - (pa % 0x20_0000);
    bench.memory.entry(S2_L2, block(ipa), flags === 0n ? 0n : h.at(start, h.BLOCK | flags));
  };

  it('translates the output of stage 1 and combines both', () => {
    remap(DATA, h.S2_RWX, 0x7000_0000);
    expect(bench.walk(VA + 8n, READ)).toBe(true);
    expect(bench.out).toMatchObject({ ipa: DATA + 8, pa: 0x7000_0008, shift: 12, level1: 3, level2: 2 });
  });

  it('reports the steps of each stage in order, table addresses first', () => {
    bench.walk(VA, READ);
    expect(bench.steps.map((s) => `${s.stage}.${s.level}${s.s1ptw ? 't' : ''}${s.start ? '*' : ''}`)).toEqual([
      '2.1t*',
      '2.2t',
      '1.1*',
      '2.1t*',
      '2.2t',
      '1.2',
      '2.1t*',
      '2.2t',
      '1.3',
      '2.1*',
      '2.2',
    ]);
    expect(bench.steps[2]).toMatchObject({ descriptorSpace: 'IPA', descriptorAddress: L1, kind: 'table' });
    expect(bench.steps[0]).toMatchObject({ descriptorSpace: 'PA', descriptorAddress: S2_L1 + 8, ipa: L1 });
  });

  it('leaves the output of stage 1 alone with STAGE1_ONLY, but not its tables', () => {
    remap(DATA, (h.S2_R & ~h.S2_NORMAL) | h.AF);
    expect(bench.walk(VA, READ)).toBe(true);
    expect(bench.out).toMatchObject({ level2: 2, writable: false, attributes: 0 });
    expect(bench.walk(VA, READ | STAGE1_ONLY)).toBe(true);
    expect(bench.out).toMatchObject({ pa: DATA, level2: -1, writable: true, attributes: 0xff });
    remap(DATA, 0n);
    expect(bench.walk(VA, READ | STAGE1_ONLY)).toBe(true);
    remap(L1, 0n);
    expect(refused(READ | STAGE1_ONLY)).toEqual(h.stage2Fault('translation', 2, L1, true));
  });

  it('translation, address size, access flag: the IPA is that of the access', () => {
    const ipa = DATA + 0x18;
    remap(DATA, 0n);
    expect(refused(READ, VA + 0x18n)).toEqual(h.stage2Fault('translation', 2, ipa));
    bench.memory.entry(S2_L2, block(DATA), (1n << 44n) | h.BLOCK | h.S2_RWX);
    expect(refused(READ, VA + 0x18n)).toEqual(h.stage2Fault('addressSize', 2, ipa));
    remap(DATA, h.S2_RWX & ~h.AF);
    expect(refused(READ, VA + 0x18n)).toEqual(h.stage2Fault('accessFlag', 2, ipa));
    bench.memory.entry(S2_L2, block(DATA), h.at(S2_L3, h.TABLE));
    expect(refused(READ, VA + 0x18n)).toEqual(h.stage2Fault('translation', 3, ipa));
    bench.memory.entry(S2_L2, block(DATA), h.at(0xf000_0000, h.TABLE));
    expect(refused(READ, VA + 0x18n)).toEqual(h.stage2Fault('externalOnWalk', 3, ipa));
  });

  it('permission: S2AP and XN, after those of stage 1', () => {
    remap(DATA, h.S2_RWX & ~h.S2_W);
    expect(refused(WRITE)).toEqual(h.stage2Fault('permission', 2, DATA));
    expect(bench.walk(VA, READ)).toBe(true);
    expect(bench.out).toMatchObject({ readable: true, writable: false, executable: true });
    remap(DATA, h.S2_RWX | h.XN);
    expect(refused(EXECUTE)).toEqual(h.stage2Fault('permission', 2, DATA));
    remap(DATA, h.S2_RWX & ~h.S2_R);
    expect(refused(READ)).toEqual(h.stage2Fault('permission', 2, DATA));
    expect(bench.walk(VA, EXECUTE)).toBe(true);
    map(LEAF | h.AP_RO);
    remap(DATA, 0n);
    expect(refused(WRITE)).toEqual(h.stage1Fault('permission', 3));
  });

  it('S1PTW: a table without a mapping gives the IPA of the descriptor', () => {
    const bare = 0x4060_0000;
    bench.memory.entry(L1, 0, h.at(bare, h.TABLE));
    remap(bare, 0n);
    expect(refused(READ, VA + 0x20_0000n)).toEqual(h.stage2Fault('translation', 2, bare + 8, true));
    remap(bare, h.S2_RWX & ~h.S2_R);
    expect(refused(WRITE)).toEqual(h.stage2Fault('permission', 2, bare, true));
    remap(bare, h.S2_RWX & ~h.S2_W, L2);
    expect(refused(READ, VA + 0x20_0000n)).toEqual(h.stage1Fault('translation', 2));
  });

  it('HCR_EL2.PTW: no stage-1 tables in Device memory', () => {
    remap(L1, h.S2_R | h.S2_W | h.AF);
    expect(bench.walk(VA, READ)).toBe(true);
    bench.registers.HCR_EL2 |= 1n << 2n;
    expect(refused(READ)).toEqual(h.stage2Fault('permission', 2, L1, true));
  });

  it('HCR_EL2.DC: stage 1 off, stage 2 on, Normal Write-Back', () => {
    bench.registers.HCR_EL2 = 1n << 12n;
    expect(bench.walk(BigInt(DATA), READ)).toBe(true);
    expect(bench.out).toMatchObject({ pa: DATA, level1: -1, level2: 2, attributes: 0xff, shareability: 0 });
    expect(refused(READ, 0x8000_0000n)).toEqual(h.stage2Fault('translation', 1, 0x8000_0000));
  });

  it('translation level 0: an IPA beyond T0SZ', () => {
    bench.memory.entry(L3, 1, h.at(2 ** 40, LEAF));
    expect(refused(READ)).toEqual(h.stage2Fault('translation', 0, 2 ** 40));
    bench.memory.entry(L3, 1, h.at(2 ** 40 - 4096, LEAF));
    expect(refused(READ)).toEqual(h.stage2Fault('translation', 1, 2 ** 40 - 4096));
  });

  it('address size level 0: VTTBR_EL2 beyond PS', () => {
    bench.registers.SCTLR_EL1 = 0n;
    bench.registers.VTTBR_EL2 = 1n << 36n;
    bench.registers.VTCR_EL2 = 24n | (1n << 6n) | (1n << 16n);
    expect(refused(READ)).toEqual(h.stage2Fault('addressSize', 0, 0x1000));
  });

  it('the memory type is the weaker of both stages', () => {
    remap(DATA, (h.S2_RWX & ~h.S2_NORMAL) | (1n << 2n));
    bench.walk(VA, READ);
    expect(bench.out).toMatchObject({ attributes: 0x04, shareability: 2, device: true });
    remap(DATA, (h.S2_RWX & ~h.S2_NORMAL) | (0b1010n << 2n));
    bench.walk(VA, READ);
    expect(bench.out).toMatchObject({ attributes: 0xbb, shareability: 3, device: false });
    bench.registers.HCR_EL2 |= 1n << 32n;
    bench.walk(VA, READ);
    expect(bench.out).toMatchObject({ attributes: 0x44, shareability: 2 });
    bench.walk(VA, EXECUTE);
    expect(bench.out.attributes).toBe(0xbb);
    // HCR_EL2.ID in place of CD.
    bench.registers.HCR_EL2 ^= 3n << 32n;
    bench.walk(VA, EXECUTE);
    expect(bench.out.attributes).toBe(0x44);
    bench.walk(VA, READ);
    expect(bench.out.attributes).toBe(0xbb);
  });
});
