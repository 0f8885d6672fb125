/** Break-before-make: each change that needs it is found, and no right change is reported. */

import { beforeEach, describe, expect, it } from 'vitest';
import { READ } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

const L2 = 0x4000_1000;
const L3 = 0x4000_2000;
const S2_L1 = 0x6000_0000;
const S2_L2 = 0x6000_2000;
const DATA = 0x4020_0000;
const LEAF = h.PAGE | h.AF;
const VA = 0x1000n;
/** Level-2 entry for IPAs from DATA. */
const S2_INDEX = 1;

let bench: h.Bench;
let reports: string[];

/** 39-bit VAs; page n maps DATA + n pages. Stage 2, when on, maps GiB 1 to itself by blocks of 2 MiB. */
beforeEach(() => {
  bench = new h.Bench();
  reports = [];
  Object.assign(bench.registers, {
    SCTLR_EL1: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n),
    TTBR0_EL1: 0x4000_0000n,
    MAIR_EL1: 0x04_bb_44_ffn,
    VTCR_EL2: 24n | (1n << 6n) | (4n << 16n),
    VTTBR_EL2: BigInt(S2_L1),
  });
  bench.memory.entry(0x4000_0000, 0, h.at(L2, h.TABLE));
  bench.memory.table(L2, 512);
  bench.memory.entry(L2, 0, h.at(L3, h.TABLE));
  for (let i = 0; i < 512; i++) page(i, LEAF);
  bench.memory.entry(S2_L1, 1, h.at(S2_L2, h.TABLE));
  for (let i = 0; i < 512; i++) bench.memory.entry(S2_L2, i, h.at(0x4000_0000 + i * 0x20_0000, h.BLOCK | h.S2_RWX));
  bench.mmu.watchBreakBeforeMake({
    current: () => bench.regime(),
    guest: () => bench.regime(),
    report: ({ what, entry, lo }) => reports.push(`${what} ${entry.space === 2 ? 'IPA' : 'VA'} ${lo.toString(16)}`),
  });
});

const page = (index: number, flags: bigint, pa = DATA + index * 0x1000): void =>
  bench.memory.entry(L3, index, h.at(pa, flags));
const read = (va = VA): boolean => bench.translate(va, READ);
const tlbi = (va = VA): number => bench.mmu.tlb.invalidate('VAE1', 0, 0, Number(va >> 12n));

describe('a change of a live descriptor is reported', () => {
  it.each([
    ['output address', () => page(1, LEAF, DATA)],
    ['memory type', () => page(1, LEAF | (3n << 2n))],
    ['cacheability', () => page(1, LEAF | (1n << 2n))],
  ])('%s: at the next access, and at the TLBI', (what, change) => {
    read();
    change();
    expect(reports).toEqual([]);
    read();
    expect(reports).toEqual([`${what} VA 1000`]);
    tlbi();
    read();
    change();
    tlbi();
    expect(reports).toEqual([`${what} VA 1000`]);
  });

  it('at the TLBI that comes too late, without an access between', () => {
    read();
    page(1, LEAF, DATA);
    tlbi();
    expect(reports).toEqual(['output address VA 1000']);
  });

  it('block size: a table becomes a block, and back', () => {
    read();
    bench.memory.entry(L2, 0, h.at(DATA, h.BLOCK | h.AF));
    tlbi();
    expect(reports).toEqual(['block size VA 1000']);
    read();
    bench.memory.entry(L2, 0, h.at(L3, h.TABLE));
    tlbi();
    expect(reports).toEqual(['block size VA 1000', 'block size VA 1000']);
  });

  it('block size: a new block over a page that is still cached', () => {
    read();
    bench.memory.entry(L2, 0, h.at(DATA, h.BLOCK | h.AF));
    read(0x5000n);
    expect(reports).toEqual(['block size VA 1000']);
  });

  it('global: over an entry that is not, of this ASID or another', () => {
    page(1, LEAF | h.NG);
    read();
    page(1, LEAF);
    read();
    expect(reports).toEqual(['global VA 1000']);
    bench.registers.TTBR0_EL1 |= 5n << 48n;
    read();
    expect(reports).toEqual(['global VA 1000']);
    tlbi();
    bench.mmu.tlb.invalidate('VMALLE1', 0, 0, 0);
    page(1, LEAF | h.NG);
    read();
    bench.registers.TTBR0_EL1 = 0x4000_0000n;
    page(1, LEAF);
    read();
    expect(reports).toEqual(['global VA 1000', 'global VA 1000']);
  });

  it('at stage 2, by IPA and through the entries of both stages', () => {
    bench.registers.HCR_EL2 = 1n;
    read();
    bench.memory.entry(S2_L2, S2_INDEX, h.at(0x7000_0000, h.BLOCK | h.S2_RWX));
    bench.mmu.tlb.invalidate('IPAS2E1', 0, 0, DATA / 4096);
    expect(reports).toEqual([`output address IPA ${DATA.toString(16)}`]);
    read();
    expect(reports).toEqual([`output address IPA ${DATA.toString(16)}`, 'output address VA 1000']);
  });
});

describe('what the architecture allows is not reported', () => {
  it('break, TLBI, make', () => {
    for (const pa of [DATA + 0x5000, DATA, DATA + 0x1000]) {
      read();
      page(1, 0n);
      tlbi();
      page(1, LEAF, pa);
    }
    read();
    expect(reports).toEqual([]);
  });

  it('an access by a stale entry while the descriptor is invalid', () => {
    read();
    page(1, 0n);
    expect(read()).toBe(true);
    tlbi();
    expect(reports).toEqual([]);
  });

  it('permissions, shareability, software bits and allocation hints', () => {
    read();
    page(1, LEAF | h.AP_RO | h.XN | h.SH_INNER | (1n << 55n));
    read();
    tlbi();
    bench.registers.MAIR_EL1 = 0xccn;
    read();
    expect(reports).toEqual([]);
  });

  it('another output address while neither may be written', () => {
    page(1, LEAF | h.AP_RO);
    read();
    page(1, LEAF | h.AP_RO, DATA);
    tlbi();
    expect(reports).toEqual([]);
  });

  it('other tables under another ASID or VMID', () => {
    const other = h.at(DATA + 0x9000, LEAF | h.NG);
    page(1, LEAF | h.NG);
    read();
    bench.memory.entry(L3, 1, other);
    bench.registers.TTBR0_EL1 |= 5n << 48n;
    read();
    bench.registers.VTTBR_EL2 |= 5n << 48n;
    read();
    expect(reports).toEqual([]);
  });

  it('entries of EL1 while EL2 runs, whose TTBRs may be those of another context', () => {
    read();
    page(1, LEAF, DATA);
    bench.mmu.watchBreakBeforeMake({
      current: () => bench.regime('EL2'),
      guest: () => bench.regime(),
      report: () => expect.unreachable(),
    });
    expect(tlbi()).toBe(1);
  });

  it('nothing at all while nobody listens', () => {
    bench.mmu.watchBreakBeforeMake(undefined);
    read();
    page(1, LEAF, DATA);
    const before = bench.memory.reads;
    read();
    tlbi();
    expect(bench.memory.reads).toBe(before);
    expect(reports).toEqual([]);
  });
});
