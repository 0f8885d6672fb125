/** The TLB: what entries are tagged with, what each TLBI removes, and that only maintenance and capacity remove any. */

import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Mmu } from '../../src/mmu/mmu.ts';
import { regimeOf } from '../../src/mmu/regime.ts';
import { ALL_VMIDS, type DropListener, Tlb } from '../../src/mmu/tlb.ts';
import { ANY_ASID } from '../../src/mmu/tlb-pool.ts';
import { TLBI, type TlbiOp } from '../../src/mmu/tlbi.ts';
import { EXECUTE, READ, Translation, UNPRIVILEGED, WRITE } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';
import * as random from './random.ts';

const L3 = 0x4000_2000;
const S2_L1 = 0x6000_0000;
const DATA = 0x4020_0000;
const LEAF = h.PAGE | h.AF;
const GLOBAL = 0x1000n;
const PRIVATE = 0x2000n;
const UPPER = 0xffff_ff80_0000_1000n;

let bench: h.Bench;

/** VA page 1 is global, page 2 is not; page n maps DATA + n pages. Stage 2, when on, maps GiB 1 and 2 to themselves. */
beforeEach(() => {
  bench = new h.Bench();
  setUp(bench);
});

function setUp(b: h.Bench): void {
  Object.assign(b.registers, {
    SCTLR_EL1: 0x1005n,
    SCTLR_EL2: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n),
    TCR_EL2: 25n | (4n << 16n),
    TTBR0_EL1: 0x4000_0000n,
    TTBR1_EL1: 0x4000_0000n,
    TTBR0_EL2: 0x4000_0000n,
    MAIR_EL1: 0xffn,
    VTCR_EL2: 24n | (1n << 6n) | (4n << 16n),
    VTTBR_EL2: BigInt(S2_L1),
  });
  b.memory.entry(0x4000_0000, 0, h.at(0x4000_1000, h.TABLE));
  b.memory.entry(0x4000_1000, 0, h.at(L3, h.TABLE));
  for (let i = 0; i < 512; i++) b.memory.entry(L3, i, h.at(DATA + i * 4096, LEAF | (i % 2 === 0 ? h.NG : 0n)));
  b.memory.entry(S2_L1, 1, h.at(0x4000_0000, h.BLOCK | h.S2_RWX));
  b.memory.entry(S2_L1, 2, h.at(0x8000_0000, h.BLOCK | h.S2_RWX));
}

const asid = (value: number): void => {
  bench.registers.TTBR0_EL1 = 0x4000_0000n | (BigInt(value) << 48n);
};
const vmid = (value: number): void => {
  bench.registers.VTTBR_EL2 = BigInt(S2_L1) | (BigInt(value) << 48n);
};
const stage2 = (on: boolean): void => {
  bench.registers.HCR_EL2 = on ? 1n : 0n;
};
/** Whether an access has to read tables. */
const walks = (va: bigint, name: 'EL1&0' | 'EL2' = 'EL1&0'): boolean => {
  const before = bench.memory.reads;
  expect(bench.translate(va, READ, name)).toBe(true);
  return bench.memory.reads > before;
};
const tlbi = (op: TlbiOp, va = 0n, ofAsid = 0, ofVmid = 0): number =>
  bench.mmu.tlb.invalidate(op, ofVmid, ofAsid, Number((va >> 12n) & 0xfff_ffff_ffffn));

describe('entries are tagged', () => {
  it('with the ASID, unless global', () => {
    asid(1);
    expect([walks(GLOBAL), walks(PRIVATE)]).toEqual([true, true]);
    expect([walks(GLOBAL), walks(PRIVATE)]).toEqual([false, false]);
    asid(2);
    expect([walks(GLOBAL), walks(PRIVATE)]).toEqual([false, true]);
    asid(1);
    expect(walks(PRIVATE)).toBe(false);
  });

  it('with the VMID of VTTBR_EL2, global ones too and also while HCR_EL2.VM = 0', () => {
    vmid(1);
    expect(walks(GLOBAL)).toBe(true);
    vmid(2);
    expect(walks(GLOBAL)).toBe(true);
    vmid(1);
    expect(walks(GLOBAL)).toBe(false);
  });

  it('with whether stage 2 took part', () => {
    expect(walks(GLOBAL)).toBe(true);
    stage2(true);
    expect(walks(GLOBAL)).toBe(true);
    stage2(false);
    expect(walks(GLOBAL)).toBe(false);
  });

  it('with the regime: EL2 has neither ASID nor VMID', () => {
    expect(walks(PRIVATE)).toBe(true);
    expect(walks(PRIVATE, 'EL2')).toBe(true);
    asid(3);
    vmid(3);
    expect(walks(PRIVATE, 'EL2')).toBe(false);
  });

  it('with the size of the smaller stage', () => {
    bench.memory.entry(0x4000_1000, 0, h.at(DATA, h.BLOCK | h.AF));
    bench.memory.entry(S2_L1, 1, h.at(0x6000_2000, h.TABLE));
    for (let i = 0; i < 512; i++)
      bench.memory.entry(0x6000_2000, i, h.at(0x4000_0000 + i * 0x20_0000, h.BLOCK | h.S2_RWX));
    stage2(true);
    expect([walks(0x1000n), walks(0x1f_f000n), walks(0x20_0000n - 8n)]).toEqual([true, false, false]);
    bench.memory.entry(0x6000_2000, 1, h.at(0x6000_3000, h.TABLE));
    for (let i = 0; i < 512; i++) bench.memory.entry(0x6000_3000, i, h.at(DATA + i * 0x1000, h.PAGE | h.S2_RWX));
    tlbi('ALLE1');
    expect([walks(0x1000n), walks(0x1ff8n), walks(0x2000n)]).toEqual([true, false, true]);
  });

  it('by the canonical VA: a tag in the top byte changes nothing with TBI', () => {
    bench.registers.TCR_EL1 |= 3n << 37n;
    expect(walks(GLOBAL)).toBe(true);
    expect(walks(GLOBAL | (0xa5n << 56n))).toBe(false);
    expect(walks(UPPER)).toBe(true);
    expect(walks(UPPER & ~(0xffn << 56n))).toBe(false);
    bench.registers.TCR_EL1 &= ~(3n << 37n);
    expect(bench.translate(GLOBAL | (0xa5n << 56n), READ)).toBe(false);
    expect([walks(GLOBAL), walks(UPPER)]).toEqual([false, false]);
  });
});

describe('entries answer', () => {
  it('with what the tables said before: a forgotten TLBI shows', () => {
    expect(walks(GLOBAL)).toBe(true);
    bench.memory.entry(L3, 1, 0n);
    expect(walks(GLOBAL)).toBe(false);
    expect(bench.out.pa).toBe(DATA + 0x1000);
    expect(tlbi('VAE1', GLOBAL)).toBe(1);
    expect(bench.translate(GLOBAL, READ)).toBe(false);
    expect(bench.fault).toEqual(h.stage1Fault('translation', 3));
  });

  it('permission faults of either stage without a walk, exact to level and IPA', () => {
    stage2(true);
    bench.memory.entry(L3, 1, h.at(DATA + 0x1000, LEAF | h.PXN));
    bench.memory.entry(S2_L1, 1, h.at(0x4000_0000, h.BLOCK | (h.S2_RWX & ~h.S2_W)));
    expect(walks(GLOBAL)).toBe(true);
    const before = bench.memory.reads;
    expect(bench.translate(GLOBAL + 0x10n, EXECUTE)).toBe(false);
    expect(bench.fault).toEqual(h.stage1Fault('permission', 3));
    expect(bench.translate(GLOBAL + 0x10n, READ | UNPRIVILEGED)).toBe(false);
    expect(bench.fault).toEqual(h.stage1Fault('permission', 3));
    expect(bench.translate(GLOBAL + 0x10n, WRITE)).toBe(false);
    expect(bench.fault).toEqual(h.stage2Fault('permission', 1, DATA + 0x1010));
    expect(bench.memory.reads).toBe(before);
  });

  it('nothing that faulted: a mapping made after a fault needs no TLBI', () => {
    bench.memory.entry(L3, 1, 0n);
    expect(bench.translate(GLOBAL, READ)).toBe(false);
    bench.memory.entry(L3, 1, h.at(DATA, LEAF | h.AP_RO));
    expect(bench.translate(GLOBAL, WRITE)).toBe(false);
    bench.memory.entry(L3, 1, h.at(DATA, LEAF));
    expect(bench.translate(GLOBAL, WRITE)).toBe(true);
  });

  it('by IPA alone while stage 1 is off, so that stage 1 may be turned on without a TLBI', () => {
    stage2(true);
    bench.registers.SCTLR_EL1 = 0n;
    expect(walks(0x4000_1000n)).toBe(true);
    expect(walks(0x7fff_f000n)).toBe(false);
    bench.registers.SCTLR_EL1 = 1n;
    expect(bench.translate(0x4000_1000n, READ)).toBe(false);
    expect(bench.fault).toMatchObject({ kind: 'externalOnWalk', stage: 1 });
  });

  it('nothing to `walk`, which leaves no entry either', () => {
    expect(bench.walk(GLOBAL, READ)).toBe(true);
    expect(bench.mmu.tlb.entries()).toEqual([]);
    expect(walks(GLOBAL)).toBe(true);
    bench.memory.entry(L3, 1, 0n);
    expect(bench.walk(GLOBAL, READ)).toBe(false);
  });
});

describe('TLBI', () => {
  /** Names of the entries that are left. */
  const SPACES = ['S1', 'S12', 'S2', 'EL2'];
  const left = (): string[] =>
    bench.mmu.tlb
      .entries()
      .map((e) => `${SPACES[e.space]} ${e.vmid} ${e.global ? 'G' : e.asid} ${e.lo.toString(16)}`)
      .sort();

  /** Entries of two VMIDs and two ASIDs, with and without stage 2, and of EL2. */
  beforeEach(() => {
    for (const v of [1, 2]) {
      vmid(v);
      for (const a of [3, 4]) {
        asid(a);
        for (const s2 of [false, true]) {
          stage2(s2);
          bench.translate(PRIVATE, READ);
          bench.translate(GLOBAL, READ);
        }
      }
    }
    stage2(false);
    bench.translate(PRIVATE, READ, 'EL2');
    bench.translate(GLOBAL, READ, 'EL2');
  });

  const everything = [
    ...[1, 2].flatMap((v) => [`S1 ${v} G 1000`, `S12 ${v} G 1000`, `S2 ${v} G 40000000`]),
    ...[1, 2].flatMap((v) => [3, 4].flatMap((a) => [`S1 ${v} ${a} 2000`, `S12 ${v} ${a} 2000`])),
    'EL2 0 G 1000',
    'EL2 0 G 2000',
  ].sort();

  it('starts from all kinds of entries', () => expect(left()).toEqual(everything));

  const el10 = (line: string): boolean => line.startsWith('S1');
  it.each<[TlbiOp, bigint, (line: string) => boolean]>([
    ['VMALLE1', 0n, (l) => el10(l) && l.includes(' 1 ')],
    ['VMALLS12E1', 0n, (l) => /^S\S* 1 /.test(l)],
    ['ALLE1', 0n, (l) => l.startsWith('S')],
    ['ALLE2', 0n, (l) => l.startsWith('EL2')],
    ['ASIDE1', 0n, (l) => el10(l) && l.includes(' 1 3 ')],
    ['VAE1', PRIVATE, (l) => el10(l) && l.includes(' 1 3 ')],
    ['VALE1', PRIVATE, (l) => el10(l) && l.includes(' 1 3 ')],
    ['VAE1', GLOBAL, (l) => el10(l) && l.includes(' 1 G ')],
    ['VAAE1', PRIVATE, (l) => el10(l) && / 1 [34] /.test(l)],
    ['VAALE1', PRIVATE, (l) => el10(l) && / 1 [34] /.test(l)],
    ['VAE1', 0x3000n, () => false],
    ['VAE2', PRIVATE, (l) => l === 'EL2 0 G 2000'],
    ['VALE2', GLOBAL, (l) => l === 'EL2 0 G 1000'],
    ['IPAS2E1', BigInt(DATA), (l) => l.startsWith('S2 1 ')],
    ['IPAS2LE1', BigInt(DATA), (l) => l.startsWith('S2 1 ')],
    ['IPAS2E1', 0x8000_0000n, () => false],
  ])('%s of VMID 1, ASID 3, address %s', (op, address, gone) => {
    const dropped = tlbi(op, address, 3, 1);
    expect(left()).toEqual(everything.filter((line) => !gone(line)));
    expect(dropped).toBe(everything.filter(gone).length);
  });

  it('is known by every name that has a scope', () => {
    expect(Object.keys(TLBI)).toHaveLength(13);
  });

  it('IPAS2E1 leaves entries of both stages: only VMALLE1 makes the change seen', () => {
    vmid(1);
    asid(3);
    stage2(true);
    bench.memory.entry(S2_L1, 1, 0n);
    tlbi('IPAS2E1', BigInt(DATA), 0, 1);
    expect(bench.translate(PRIVATE, READ)).toBe(true);
    tlbi('VMALLE1', 0n, 0, 1);
    expect(bench.translate(PRIVATE, READ)).toBe(false);
    expect(bench.fault).toEqual(h.stage2Fault('translation', 1, 0x4000_0000, true));
  });

  it('by VA reaches the upper range through bit 55', () => {
    expect(walks(UPPER)).toBe(true);
    expect(tlbi('VAAE1', UPPER, 0, 2)).toBe(1);
    expect(walks(UPPER)).toBe(true);
  });

  it('by VA removes a block that holds the page', () => {
    bench.memory.entry(0x4000_1000, 1, h.at(DATA, h.BLOCK | h.AF));
    expect(walks(0x20_0000n)).toBe(true);
    expect(tlbi('VAAE1', 0x3f_f000n, 0, 2)).toBe(1);
    expect(walks(0x20_0000n)).toBe(true);
  });

  it('tells the listener whose entries went, and which when it was one', () => {
    const drop = vi.fn<DropListener>();
    bench.mmu.onDrop = drop;
    tlbi('VAE1', 0x3000n, 3, 1);
    expect(drop).not.toHaveBeenCalled();
    tlbi('IPAS2E1', BigInt(DATA), 0, 1);
    expect(drop).toHaveBeenLastCalledWith(
      'EL1&0',
      1,
      ANY_ASID,
      expect.objectContaining({ space: 2, lo: 0x4000_0000, shift: 30 }),
    );
    tlbi('VMALLE1', 0n, 0, 2);
    expect(drop).toHaveBeenLastCalledWith('EL1&0', 2, ANY_ASID, undefined);
    tlbi('VAE2', GLOBAL);
    expect(drop).toHaveBeenLastCalledWith('EL2', 0, ANY_ASID, expect.objectContaining({ lo: 0x1000 }));
    tlbi('ALLE1');
    expect(drop).toHaveBeenLastCalledWith('EL1&0', ALL_VMIDS, ANY_ASID, undefined);
  });
});

describe('capacity', () => {
  it('evicts the oldest entry, tells the listener and the tracer, and counts', () => {
    bench = new h.Bench(h.A57, new Tlb(4, 1));
    setUp(bench);
    const drops: string[] = [];
    const traced: string[] = [];
    bench.mmu.onDrop = (regime, v, _asid, entry) => drops.push(`${regime} ${v} ${entry?.lo.toString(16)}`);
    bench.mmu.tracer = {
      begin: (regime, _hi, lo) => traced.push(`begin ${regime.name} ${lo.toString(16)}`),
      step: (step) => traced.push(`${step.stage}.${step.level}`),
      end: (ok, out) => traced.push(`${ok} ${out.pa.toString(16)}`),
      fill: (_, entry) => traced.push(`fill ${entry.lo.toString(16)}`),
      evict: (_, entry) => traced.push(`evict ${entry.lo.toString(16)}`),
    };
    for (const page of [1n, 3n, 5n, 7n]) walks(page << 12n);
    walks(0x1000n);
    expect(drops).toEqual([]);
    traced.length = 0;
    expect(walks(0x9000n)).toBe(true);
    expect(drops).toEqual(['EL1&0 0 1000']);
    expect(traced).toEqual(['begin EL1&0 9000', '1.1', '1.2', '1.3', 'true 40209000', 'evict 1000', 'fill 9000']);
    expect(walks(0x3000n)).toBe(false);
    expect(walks(0x1000n)).toBe(true);
    expect(walks(0x3000n)).toBe(true);
    expect(bench.mmu.tlb.stats.of('EL1&0', 0)).toEqual({ hits: 2, misses: 7, fills: 7, evictions: 3 });
    expect(bench.mmu.tlb.stats.vmids()).toEqual([0]);
  });
});

describe('against the walk', () => {
  const accesses = fc.array(fc.record({ va: fc.nat(7), kind: fc.nat(2), el0: fc.boolean(), tlbi: fc.nat(9) }), {
    minLength: 20,
    maxLength: 60,
  });
  const outcome = (ok: boolean, out: Translation): unknown =>
    ok
      ? { ...out, fault: undefined, attributes: out.attributes, shareability: out.shareability }
      : {
          kind: out.fault.kind,
          stage: out.fault.stage,
          level: out.fault.level,
          s1ptw: out.fault.s1ptw,
          ipa: out.fault.ipa,
        };

  it('gives the same result and fault as long as tables and registers stand, at any capacity', () => {
    let hits = 0;
    fc.assert(
      fc.property(random.machine, accesses, fc.constantFrom(1, 3, 64), (m, list, capacity) => {
        const memory = new random.RandomMemory(m.memory);
        const mmu = new Mmu(memory, m.features, new Tlb(capacity, capacity));
        const regime = regimeOf(h.translationRegisters(m.registers), m.name, m.features);
        const out = new Translation();
        const ops = Object.keys(TLBI) as TlbiOp[];
        for (const { va: pick, kind, el0, tlbi: op } of list) {
          const va = m.vas[pick % m.vas.length];
          const access = kind | (el0 ? UNPRIVILEGED : 0);
          const got = outcome(mmu.translate(regime, h.hiOf(va), h.loOf(va), access, out), out);
          expect(got).toEqual(outcome(mmu.walk(regime, h.hiOf(va), h.loOf(va), access, out), out));
          if (op === 0) mmu.tlb.invalidate(ops[pick], regime.vmid, regime.asid, Number((va >> 12n) & 0xfff_ffff_ffffn));
          expect(mmu.tlb.entries().length).toBeLessThanOrEqual(2 * capacity);
        }
        hits += mmu.tlb.stats.of(m.name, regime.vmid).hits;
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(hits).toBeGreaterThan(5000);
  });

  it('gives what the tables say after they changed and everything was invalidated', () => {
    let changed = 0;
    fc.assert(
      fc.property(random.machine, fc.nat(2), (m, kind) => {
        const memory = new random.RandomMemory(m.memory);
        const mmu = new Mmu(memory, m.features);
        const regime = regimeOf(h.translationRegisters(m.registers), m.name, m.features);
        const out = new Translation();
        const all = (run: (va: bigint) => boolean): unknown[] => m.vas.map((va) => outcome(run(va), out));
        const translate = (va: bigint): boolean => mmu.translate(regime, h.hiOf(va), h.loOf(va), kind, out);
        const walk = (va: bigint): boolean => mmu.walk(regime, h.hiOf(va), h.loOf(va), kind, out);
        const before = all(translate);
        memory.version++;
        mmu.tlb.invalidate(m.name === 'EL1&0' ? 'ALLE1' : 'ALLE2', 0, 0, 0, m.name === 'EL2&0');
        expect(mmu.tlb.entries()).toEqual([]);
        const after = all(translate);
        expect(after).toEqual(all(walk));
        if (JSON.stringify(before) !== JSON.stringify(after)) changed++;
      }),
      { numRuns: 500, seed: 8 },
    );
    expect(changed).toBeGreaterThan(200);
  });
});
