/** The adversarial TLB: right for software that maintains it, wrong at once for software that does not. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chaosTlb } from '../../src/mmu/chaos-tlb.ts';
import type { DescriptorMemory } from '../../src/mmu/memory.ts';
import { Mmu } from '../../src/mmu/mmu.ts';
import { regimeOf } from '../../src/mmu/regime.ts';
import { READ, Translation, UNPRIVILEGED, WRITE } from '../../src/mmu/translation.ts';
import * as h from './harness.ts';
import * as random from './random.ts';

const L1 = 0x4000_0000;
const L2 = 0x4000_1000;
const L3 = 0x4000_2000;
const DATA = 0x4020_0000;
const LEAF = h.PAGE | h.AF;
const SEEDS = Array.from({ length: 40 }, (_, i) => i);

/** 39-bit VAs; page n maps DATA + n pages by tables that are made at `root`. */
function machine(seed: number): h.Bench {
  const bench = new h.Bench(h.A57, chaosTlb(seed));
  Object.assign(bench.registers, {
    SCTLR_EL1: 0x1005n,
    TCR_EL1: 25n | (25n << 16n) | (2n << 30n) | (4n << 32n),
    TTBR0_EL1: BigInt(L1),
    TTBR1_EL1: BigInt(L1),
    MAIR_EL1: 0xffn,
  });
  tables(bench, L1, DATA, LEAF);
  return bench;
}

/** Three tables from `root`, with their pages mapped to `data`. */
function tables({ memory }: h.Bench, root: number, data: number, flags: bigint): void {
  memory.entry(root, 0, h.at(root + 0x1000, h.TABLE));
  memory.entry(root + 0x1000, 0, h.at(root + 0x2000, h.TABLE));
  for (let i = 0; i < 512; i++) memory.entry(root + 0x2000, i, h.at(data + i * 4096, flags));
}

const paOf = (bench: h.Bench, va: bigint): number | string =>
  bench.translate(va, READ) ? bench.out.pa : bench.fault.kind;
const tlbi = (bench: h.Bench, va: bigint): number => bench.mmu.tlb.invalidate('VAAE1', 0, 0, Number(va >> 12n));

describe('correct software sees its tables', () => {
  /** Tables without Contiguous bits, which random ones would set for leaves that do not belong together. */
  class PlainMemory implements DescriptorMemory {
    hi = 0;
    lo = 0;
    constructor(
      private readonly inner: random.RandomMemory,
      private readonly big: boolean,
    ) {}
    read(paHi: number, paLo: number): boolean {
      if (!this.inner.read(paHi, paLo)) return false;
      this.hi = this.big ? this.inner.hi : this.inner.hi & ~(1 << 20);
      this.lo = this.big ? this.inner.lo & ~(1 << 12) : this.inner.lo;
      return true;
    }
    write(): boolean {
      throw new Error('a CPU without FEAT_HAFDBS wrote a descriptor');
    }
  }

  it('as long as tables and registers stand', () => {
    let hits = 0;
    const accesses = fc.array(fc.record({ va: fc.nat(7), kind: fc.nat(2), el0: fc.boolean() }), { minLength: 20 });
    fc.assert(
      fc.property(random.machine, accesses, fc.nat(1000), (m, list, seed) => {
        const memory = new PlainMemory(new random.RandomMemory(m.memory), m.memory.big);
        const mmu = new Mmu(memory, m.features, chaosTlb(seed));
        const regime = regimeOf(h.translationRegisters(m.registers), m.name, m.features);
        const [out, want] = [new Translation(), new Translation()];
        for (const { va: pick, kind, el0 } of list) {
          const va = m.vas[pick % m.vas.length];
          const access = kind | (el0 ? UNPRIVILEGED : 0);
          const ok = mmu.translate(regime, h.hiOf(va), h.loOf(va), access, out);
          expect(ok).toBe(mmu.walk(regime, h.hiOf(va), h.loOf(va), access, want));
          if (ok) {
            expect([out.pa, out.ipa, out.attributes]).toEqual([want.pa, want.ipa, want.attributes]);
          } else {
            const { kind: what, stage, level, s1ptw, ipa } = want.fault;
            expect(out.fault).toMatchObject({ kind: what, stage, level, s1ptw, ipa });
          }
        }
        hits += mmu.tlb.stats.of(m.name, regime.vmid).hits;
      }),
      { numRuns: 600, seed: 11 },
    );
    expect(hits).toBeGreaterThan(2000);
  });

  it('after each break, TLBI and make, whatever it did in between', () => {
    for (const seed of SEEDS) {
      const bench = machine(seed);
      for (let round = 0; round < 40; round++) {
        const va = BigInt(round % 7) << 12n;
        paOf(bench, va);
        bench.memory.entry(L3, round % 7, 0n);
        tlbi(bench, va);
        expect(paOf(bench, va)).toBe('translation');
        bench.memory.entry(L3, round % 7, h.at(DATA + round * 4096, LEAF));
        expect(paOf(bench, va)).toBe(DATA + round * 4096);
        paOf(bench, BigInt((round * 3) % 64) << 12n);
      }
    }
  });

  it('joins contiguous leaves that are all there', () => {
    const sizes = new Set<number>();
    for (const seed of SEEDS) {
      const bench = machine(seed);
      for (let i = 0; i < 512; i++) bench.memory.entry(L3, i, h.at(DATA + i * 4096, LEAF | (1n << 52n)));
      for (let i = 0; i < 512; i += 5) expect(paOf(bench, BigInt(i) << 12n)).toBe(DATA + i * 4096);
      for (const entry of bench.mmu.tlb.entries()) sizes.add(entry.shift);
    }
    expect([...sizes]).toEqual([16]);
  });

  it('takes leaves with a misaligned output address one by one', () => {
    const bench = machine(1);
    for (let i = 0; i < 512; i++) bench.memory.entry(L3, i, h.at(DATA + 0x1000 + i * 4096, LEAF | (1n << 52n)));
    for (let i = 0; i < 512; i += 5) expect(paOf(bench, BigInt(i) << 12n)).toBe(DATA + 0x1000 + i * 4096);
  });
});

describe('it repeats itself', () => {
  const run = (seed: number): unknown => {
    const bench = machine(seed);
    for (let i = 0; i < 300; i++) bench.translate(BigInt((i * 7919) % 97) << 12n, i % 5 === 0 ? WRITE : READ);
    return [bench.mmu.tlb.entries().map((e) => e.lo), bench.mmu.tlb.stats.of('EL1&0', 0)];
  };

  it('from the same seed, and differs from another', () => {
    const all = SEEDS.map((seed) => JSON.stringify(run(seed)));
    expect(SEEDS.map((seed) => JSON.stringify(run(seed)))).toEqual(all);
    expect(new Set(all).size).toBe(SEEDS.length);
  });

  it('however often accesses hit', () => {
    const [once, often] = [machine(5), machine(5)];
    for (let i = 0; i < 200; i++) {
      const va = BigInt((i * 31) % 61) << 12n;
      paOf(once, va);
      for (let n = 0; n <= i % 4; n++) paOf(often, va);
    }
    expect(often.mmu.tlb.entries()).toEqual(once.mmu.tlb.entries());
  });
});

/** Seeds for which a scenario ends with a wrong address. */
const wrong = (scenario: (bench: h.Bench) => boolean): number => SEEDS.filter((seed) => scenario(machine(seed))).length;

describe('careless software fails', () => {
  it('that unmaps a page it has never used, and forgets the TLBI', () => {
    const failures = wrong((bench) => {
      for (let i = 0; i < 16; i++) paOf(bench, BigInt(2 * i) << 12n);
      for (let i = 0; i < 16; i++) bench.memory.entry(L3, 2 * i + 1, 0n);
      return Array.from({ length: 16 }, (_, i) => paOf(bench, BigInt(2 * i + 1) << 12n)).some(
        (pa) => pa !== 'translation',
      );
    });
    expect(failures).toBeGreaterThan(SEEDS.length / 2);
  });

  it('that replaces a table and invalidates the last level alone', () => {
    const failures = wrong((bench) => {
      paOf(bench, 0x1000n);
      tables(bench, 0x4800_0000, 0x4a00_0000, LEAF);
      bench.memory.entry(L2, 0, h.at(0x4800_2000, h.TABLE));
      bench.mmu.tlb.invalidate('VAALE1', 0, 0, 1);
      return paOf(bench, 0x1000n) !== 0x4a00_1000;
    });
    expect(failures).toBeGreaterThan(SEEDS.length / 2);
  });

  /** Address spaces of ASIDs 1 and 2, with TCR_EL1.A1: the ASID is in TTBR1_EL1, so that no write changes both at once. */
  function switching(bench: h.Bench, reserved: boolean): boolean {
    const roots = [0x4800_0000, 0x4900_0000];
    const data = [0x5000_0000, 0x5100_0000];
    for (const i of [0, 1]) tables(bench, roots[i], data[i], LEAF | h.NG);
    const empty = bench.memory.table(0x4a00_0000, 512);
    bench.registers.TCR_EL1 |= 1n << 22n;
    const write = (name: 'TTBR0_EL1' | 'TTBR1_EL1', value: bigint): void => {
      bench.registers[name] = value;
      bench.mmu.regimeChanged(bench.regime());
    };
    let failed = false;
    for (let round = 0; round < 20; round++) {
      const space = round % 2;
      if (reserved) write('TTBR0_EL1', BigInt(empty));
      write('TTBR1_EL1', BigInt(L1) | (BigInt(space + 1) << 48n));
      write('TTBR0_EL1', BigInt(roots[space]));
      for (let i = 0; i < 4; i++) {
        const page = (round * 3 + i * 5) % 40;
        if (paOf(bench, BigInt(page) << 12n) !== data[space] + page * 4096) failed = true;
      }
    }
    return failed;
  }

  it('that switches TTBR0 and the ASID apart without reserved tables', () => {
    expect(wrong((bench) => switching(bench, false))).toBeGreaterThan(SEEDS.length / 2);
    expect(wrong((bench) => switching(bench, true))).toBe(0);
  });
});
