/** Hardware updates of the Access flag and the dirty state, at both stages (FEAT_HAFDBS). */

import { describe, expect, it } from 'vitest';
import { EXECUTE, READ, WRITE } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';

const [L1, L2, L3] = [0x4000_0000, 0x4000_1000, 0x4000_2000];
const [S1, S2, S3] = [0x4001_0000, 0x4001_1000, 0x4001_2000];
const DATA = 0x4020_0000;
const VA = 0x1000n;
const PAGE = h.PAGE | h.SH_INNER;
const DBM = 1n << 51n;
const S2_PAGE = h.PAGE | h.S2_NORMAL | h.S2_R | h.AF;
const HA = 1n << 39n;
const HD = 1n << 40n;
const TCR_EL2_HA = 1n << 21n;
const VTCR_HA = 1n << 21n;
const VTCR_HD = 1n << 22n;

/** Stage 1 with 39-bit VAs; VA 0x1000 maps DATA at level 3 with the given flags. */
function machine(flags: bigint, tcr: bigint, features = h.FULL): h.Bench {
  const bench = new h.Bench(features);
  Object.assign(bench.registers, {
    SCTLR_EL1: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n) | tcr,
    TTBR0_EL1: BigInt(L1),
    TTBR1_EL1: BigInt(L1),
    MAIR_EL1: 0x44ffn,
  });
  for (const table of [L1, L2, L3, S1, S2, S3]) bench.memory.table(table, 512);
  bench.memory.entry(L1, 0, h.at(L2, h.TABLE));
  bench.memory.entry(L2, 0, h.at(L3, h.TABLE));
  bench.memory.entry(L3, 1, h.at(DATA, flags));
  return bench;
}

const leaf = (bench: h.Bench): bigint => bench.memory.words.get(L3 + 8) as bigint;

/** The same under stage 2, 39-bit IPAs from level 1: the tables and DATA at their own addresses, DATA with its own flags. */
function nested(flags: bigint, tables: bigint, data: bigint, vtcr: bigint, tcr = 0n): h.Bench {
  const bench = machine(flags, tcr);
  bench.registers.HCR_EL2 = 1n;
  bench.registers.VTCR_EL2 = 25n | (1n << 6n) | (4n << 16n) | vtcr;
  bench.registers.VTTBR_EL2 = BigInt(S1);
  bench.memory.entry(S1, 1, h.at(S2, h.TABLE));
  bench.memory.entry(S2, 0, h.at(0x4000_0000, h.BLOCK | (tables & ~3n)));
  bench.memory.entry(S2, 1, h.at(S3, h.TABLE));
  bench.memory.entry(S3, 0, h.at(DATA, data));
  return bench;
}
const stage2Leaf = (bench: h.Bench): bigint => bench.memory.words.get(S3) as bigint;

describe('the Access flag', () => {
  it.each([READ, WRITE, EXECUTE])('is set by access %i with HA', (access) => {
    const bench = machine(PAGE, HA);
    expect(bench.translate(VA, access)).toBe(true);
    expect(leaf(bench)).toBe(h.at(DATA, PAGE | h.AF));
  });

  it('of the EL2 regime is set with TCR_EL2.HA', () => {
    const bench = machine(PAGE, 0n);
    Object.assign(bench.registers, { SCTLR_EL2: 1n, TCR_EL2: 25n | (4n << 16n), TTBR0_EL2: BigInt(L1) });
    expect(bench.translate(VA, READ, 'EL2')).toBe(false);
    bench.registers.TCR_EL2 |= TCR_EL2_HA;
    expect(bench.translate(VA, READ, 'EL2')).toBe(true);
    expect(leaf(bench)).toBe(h.at(DATA, PAGE | h.AF));
  });

  it('of stage 2 is set with VTCR_EL2.HA', () => {
    const unmarked = S2_PAGE & ~h.AF;
    const without = nested(PAGE | h.AF, S2_PAGE, unmarked, 0n);
    expect(without.translate(VA, READ)).toBe(false);
    expect(without.fault).toEqual(h.stage2Fault('accessFlag', 3, DATA));
    const bench = nested(PAGE | h.AF, S2_PAGE, unmarked, VTCR_HA);
    expect(bench.translate(VA, READ)).toBe(true);
    expect(stage2Leaf(bench)).toBe(h.at(DATA, S2_PAGE));
  });

  it('faults without HA, and on a CPU that has no HA', () => {
    for (const bench of [machine(PAGE, 0n), machine(PAGE, HA, h.A57)]) {
      expect(bench.translate(VA, READ)).toBe(false);
      expect(bench.fault).toMatchObject({ kind: 'accessFlag', stage: 1, level: 3 });
      expect(leaf(bench)).toBe(h.at(DATA, PAGE));
    }
  });

  it('stays as it is when the permission fails, and for a walk that is no access', () => {
    const bench = machine(PAGE | h.AP_RO, HA);
    expect(bench.translate(VA, WRITE)).toBe(false);
    expect(bench.walk(VA, READ)).toBe(true);
    expect(leaf(bench)).toBe(h.at(DATA, PAGE | h.AP_RO));
  });
});

describe('the dirty state', () => {
  const CLEAN = PAGE | h.AF | h.AP_RO | DBM;

  it('is marked by the first write alone, also when a read has filled the TLB', () => {
    const bench = machine(CLEAN, HA | HD);
    expect(bench.translate(VA, READ)).toBe(true);
    expect([bench.out.writable, leaf(bench)]).toEqual([false, h.at(DATA, CLEAN)]);
    expect(bench.translate(VA, WRITE)).toBe(true);
    expect([bench.out.writable, leaf(bench)]).toEqual([true, h.at(DATA, CLEAN & ~h.AP_RO)]);
    const { reads } = bench.memory;
    expect(bench.translate(VA, WRITE)).toBe(true);
    expect(bench.memory.reads).toBe(reads);
  });

  it('faults without HD, without HA, and without DBM', () => {
    const rows = [machine(CLEAN, HA), machine(CLEAN, HD), machine(CLEAN & ~DBM, HA | HD)];
    for (const bench of rows) {
      expect(bench.translate(VA, WRITE)).toBe(false);
      expect(bench.fault).toMatchObject({ kind: 'permission', stage: 1, level: 3 });
    }
  });

  it('of stage 2 is marked by the first write', () => {
    const bench = nested(PAGE | h.AF, S2_PAGE | h.S2_W, S2_PAGE | DBM, VTCR_HA | VTCR_HD);
    expect(bench.translate(VA, READ)).toBe(true);
    expect(stage2Leaf(bench)).toBe(h.at(DATA, S2_PAGE | DBM));
    expect(bench.translate(VA, WRITE)).toBe(true);
    expect(stage2Leaf(bench)).toBe(h.at(DATA, S2_PAGE | DBM | h.S2_W));
    expect(bench.translate(VA, WRITE)).toBe(true);
  });
});

describe('an update of stage 1 under stage 2', () => {
  it('needs write permission for the table: S1PTW, with the address of the descriptor', () => {
    const bench = nested(PAGE, S2_PAGE, S2_PAGE, 0n, HA);
    expect(bench.translate(VA, READ)).toBe(false);
    expect(bench.fault).toMatchObject({ kind: 'permission', stage: 2, level: 2, s1ptw: true, ipa: L3 + 8 });
    expect(leaf(bench)).toBe(h.at(DATA, PAGE));
  });

  it('is made before stage 2 refuses the output', () => {
    const bench = nested(PAGE, S2_PAGE | h.S2_W, 0n, 0n, HA);
    expect(bench.translate(VA, READ)).toBe(false);
    expect(bench.fault).toMatchObject({ kind: 'translation', stage: 2, level: 3, s1ptw: false, ipa: DATA });
    expect(leaf(bench)).toBe(h.at(DATA, PAGE | h.AF));
  });
});
