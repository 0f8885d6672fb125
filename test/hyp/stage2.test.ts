/** The tables that the hypervisor writes, read back by the MMU's own walker. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipa, ipa, pa } from '../../src/arch/addresses.ts';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { BusDescriptors } from '../../src/cpu/engine/descriptors.ts';
import { Bus } from '../../src/devices/bus.ts';
import { FrameAllocator } from '../../src/hyp/frames.ts';
import { Stage2 } from '../../src/hyp/stage2.ts';
import { READ_ONLY, READ_WRITE } from '../../src/hyp/stage2-entries.ts';
import { stage2Shape } from '../../src/hyp/stage2-shape.ts';
import { type GranuleBits, levelShift } from '../../src/mmu/geometry.ts';
import { Mmu } from '../../src/mmu/mmu.ts';
import { type Regime, regimeOf } from '../../src/mmu/regime.ts';
import { HCR_VM, type TranslationRegisters } from '../../src/mmu/registers.ts';
import { READ, Translation, WRITE } from '../../src/mmu/translation.ts';
import { roomyModel as model } from './harness.ts';

const RAM = pa(0x8000_0000);
const RAM_BYTES = 0x400_0000;
const SIZES = [32, 34, 36, 39, 40, 42, 43, 44];

class Tables {
  readonly bus = new Bus(new HostMemory());
  readonly frames: FrameAllocator;
  readonly stage2: Stage2;
  readonly invalidated: { ipa: Ipa; bytes: number; stride: number }[] = [];
  private readonly mmu: Mmu;
  private readonly regime: Regime;
  private readonly out = new Translation();

  constructor(ipaBits: number, ramBytes = RAM_BYTES, granuleBits: GranuleBits = 12) {
    this.bus.addRam(RAM, ramBytes);
    this.frames = new FrameAllocator(this.bus, RAM, ramBytes);
    const shape = stage2Shape(ipaBits, model.mmu.paBits, granuleBits);
    this.stage2 = new Stage2(this.bus, this.frames, shape, {
      invalidate: (at, bytes, stride) => this.invalidated.push({ ipa: at, bytes, stride }),
      invalidateAll: () => {},
    });
    const zeros = Object.fromEntries(
      [
        'sctlr1',
        'sctlr2',
        'tcr1Lo',
        'tcr1Hi',
        'tcr2Lo',
        'tcr2Hi',
        'ttbr0Lo',
        'ttbr0Hi',
        'ttbr1Lo',
        'ttbr1Hi',
        'ttbr2Lo',
        'ttbr2Hi',
        'ttbr12Lo',
        'ttbr12Hi',
        'mair1Lo',
        'mair1Hi',
        'mair2Lo',
        'mair2Hi',
        'hcrHi',
        'vttbrHi',
      ].map((name) => [name, 0]),
    );
    const regs = {
      ...zeros,
      hcrLo: HCR_VM,
      vtcr: shape.vtcr,
      vttbrLo: this.stage2.root,
    } as unknown as TranslationRegisters;
    this.regime = regimeOf(regs, 'EL1&0', model.mmu);
    this.mmu = new Mmu(new BusDescriptors(this.bus), model.mmu);
  }

  /** PA of an access with stage 1 off, or the kind of the fault. */
  access(at: number, kind: typeof READ | typeof WRITE): number | string {
    const ok = this.mmu.walk(this.regime, Math.floor(at / 2 ** 32), (at % 2 ** 32) >>> 0, kind, this.out);
    return ok ? this.out.pa : this.out.fault.kind;
  }
}

describe('Stage2', () => {
  /** Pages of one block of level 2 are 512 with the 4K granule; all other numbers here follow the granule. */
  const step = fc.record({
    page: fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 3000 })),
    count: fc.oneof(fc.nat(3), fc.nat(1500)),
    top: fc.boolean(),
    operation: fc.constantFrom('map', 'mapReadOnly', 'mapBlock', 'writable', 'readOnly', 'unmap', 'age', 'join'),
  });
  const geometry = fc.oneof(
    fc.constantFrom(...SIZES).map((ipaBits) => ({ ipaBits, granuleBits: 12 as const })),
    fc.constantFrom(36, 40, 47).map((ipaBits) => ({ ipaBits, granuleBits: 14 as const })),
    fc.constantFrom(36, 42, 46).map((ipaBits) => ({ ipaBits, granuleBits: 16 as const })),
  );

  it('has what a model has after any change of pages and blocks, and gives empty tables back', () => {
    fc.assert(
      fc.property(geometry, fc.array(step, { maxLength: 25 }), ({ ipaBits, granuleBits }, steps) => {
        const tables = new Tables(ipaBits, RAM_BYTES, granuleBits);
        const { stage2, frames } = tables;
        const empty = frames.freeBytes;
        const page = 2 ** granuleBits;
        const block = 2 ** levelShift(granuleBits, 2);
        const known = new Map<number, { pa: number; writable: boolean }>();
        const end = 2 ** ipaBits;
        for (const [i, { page: n, count, top, operation }] of steps.entries()) {
          const at = ipa(top ? end - (n + 1) * page : n * page);
          const bytes = Math.min((count + 1) * page, end - at);
          const pages = [...known.keys()].filter((each) => each >= at && each < at + bytes);
          if (operation === 'map' || operation === 'mapReadOnly') {
            const writable = operation === 'map';
            expect(stage2.map(at, pa(RAM + (i + 1) * page), writable ? READ_WRITE : READ_ONLY)).toBe(true);
            known.set(at, { pa: RAM + (i + 1) * page, writable });
          } else if (operation === 'mapBlock') {
            const to = 2 ** 40 + i * block;
            expect(stage2.map(at, pa(to), READ_WRITE, 2)).toBe(true);
            const start = at - (at % block);
            for (let offset = 0; offset < block; offset += page)
              known.set(start + offset, { pa: to + offset, writable: true });
          } else if (operation === 'unmap') {
            stage2.unmap(at, bytes);
            for (const each of pages) known.delete(each);
          } else if (operation === 'age') {
            for (const leaf of stage2.age(at, bytes)) stage2.markUsed(leaf.ipa);
          } else if (operation === 'join') {
            stage2.join(at);
          } else {
            expect(stage2.protect(at, bytes, operation === 'writable')).toBe(true);
            for (const each of pages) {
              known.set(each, { pa: known.get(each)?.pa ?? 0, writable: operation === 'writable' });
            }
          }
          for (const each of [at, at + bytes - page, Math.max(at - page, 0)]) {
            const now = known.get(each);
            expect(tables.access(each + 0x123, READ)).toBe(now === undefined ? 'translation' : now.pa + 0x123);
            expect(tables.access(each, WRITE)).toBe(
              now === undefined ? 'translation' : now.writable ? now.pa : 'permission',
            );
          }
        }
        const leaves = stage2.leaves();
        expect(stage2.pages + stage2.blocks).toBe(leaves.length);
        expect(leaves.filter(({ bytes }) => bytes > page).length).toBe(stage2.blocks);
        const found = leaves.flatMap((leaf) =>
          Array.from({ length: leaf.bytes / page }, (_, i) => [
            leaf.ipa + i * page,
            { pa: leaf.pa + i * page, writable: leaf.writable },
          ]),
        );
        expect(found).toEqual([...known].sort(([a], [b]) => a - b));
        stage2.unmap(ipa(0), end);
        expect(frames.freeBytes).toBe(empty);
        stage2.destroy();
        expect(frames.freeBytes).toBe(RAM_BYTES);
      }),
      { numRuns: 60 },
    );
  });

  it.each(SIZES)('maps the first and the last page of %i bits', (ipaBits) => {
    const tables = new Tables(ipaBits);
    const last = 2 ** ipaBits - 0x1000;
    tables.stage2.map(ipa(0), pa(RAM + 0x1000), READ_WRITE);
    tables.stage2.map(ipa(last), pa(RAM + 0x2000), READ_WRITE);
    expect(tables.access(0, WRITE)).toBe(RAM + 0x1000);
    expect(tables.access(last + 0xfff, READ)).toBe(RAM + 0x2fff);
    expect(tables.access(0x1000, READ)).toBe('translation');
    expect(tables.access(2 ** ipaBits, READ)).toBe(ipaBits === model.mmu.paBits ? 'addressSize' : 'translation');
  });

  it('breaks an entry before it makes another, and needs no TLBI for a new one', () => {
    const tables = new Tables(40);
    const at = ipa(0x4000_0000);
    const seen: (number | string)[] = [];
    tables.stage2.map(at, pa(RAM + 0x1000), READ_WRITE);
    expect(tables.invalidated).toEqual([]);
    tables.invalidated.push = (...ranges) => {
      seen.push(tables.access(ranges[0].ipa, READ));
      return 0;
    };
    tables.stage2.map(at, pa(RAM + 0x2000), READ_WRITE);
    expect(seen).toEqual(['translation']);
    expect(tables.access(at, READ)).toBe(RAM + 0x2000);
    tables.stage2.protect(at, 0x1000, false);
    expect(seen).toEqual(['translation', RAM + 0x2000]);
  });

  it('changes nothing when a table cannot be had', () => {
    const tables = new Tables(40, 4 * 0x1000);
    const hog = [tables.frames.alloc(), undefined];
    expect(hog[0]).toBeDefined();
    expect(tables.stage2.map(ipa(0x4000_0000), pa(RAM), READ_WRITE)).toBe(false);
    expect(tables.stage2.tables).toEqual([]);
    expect(tables.frames.freeBytes).toBe(0x1000);
  });

  const BLOCK = 0x20_0000;

  it('splits a block under a part that changes, with a break between, and joins it when its pages are alike', () => {
    const tables = new Tables(40);
    const { stage2, invalidated } = tables;
    const at = ipa(0x4000_0000);
    stage2.map(at, pa(0x1_0000_0000), READ_WRITE, 2);
    expect([stage2.blocks, stage2.pages, stage2.tables.length]).toEqual([1, 0, 1]);
    stage2.protect(ipa(at + 0x5000), 0x2000, false);
    expect([stage2.blocks, stage2.pages, stage2.tables.length]).toEqual([0, 512, 2]);
    expect(invalidated).toEqual([
      { ipa: at, bytes: BLOCK, stride: BLOCK },
      { ipa: at + 0x5000, bytes: 0x2000, stride: 0x1000 },
    ]);
    expect([0x4000, 0x5000, 0x6000, 0x7000].map((offset) => tables.access(at + offset, WRITE))).toEqual([
      0x1_0000_4000,
      'permission',
      'permission',
      0x1_0000_7000,
    ]);
    expect(stage2.join(at)).toBe(false);
    stage2.protect(at, BLOCK, true);
    invalidated.length = 0;
    expect(stage2.join(ipa(at + 0x1000))).toBe(true);
    expect(invalidated).toEqual([{ ipa: at, bytes: BLOCK, stride: 0x1000 }]);
    expect([stage2.blocks, stage2.pages, stage2.tables.length]).toEqual([1, 0, 1]);
    expect(tables.access(at + 0x12_3456, WRITE)).toBe(0x1_0012_3456);
  });

  it('joins no pages that do not follow each other, are not aligned, or differ in their access flags', () => {
    const { stage2 } = new Tables(40);
    const map = (from: number): void => {
      for (let i = 0; i < 512; i++) stage2.map(ipa(i * 0x1000), pa(from + i * 0x1000), READ_WRITE);
    };
    map(0x1_0000_1000);
    expect(stage2.join(ipa(0))).toBe(false);
    map(0x1_0000_0000);
    stage2.map(ipa(0x3000), pa(0x2_0000_0000), READ_WRITE);
    expect(stage2.join(ipa(0))).toBe(false);
    map(0x1_0000_0000);
    stage2.age(ipa(0x3000), 0x1000);
    expect(stage2.join(ipa(0))).toBe(false);
    stage2.markUsed(ipa(0x3000));
    expect(stage2.join(ipa(0))).toBe(true);
  });

  it('takes a block out whole where there is no table to split it', () => {
    const tables = new Tables(40, 4 * 0x1000);
    const at = ipa(0x4000_0000);
    tables.stage2.map(at, pa(0x1_0000_0000), READ_WRITE, 2);
    expect(tables.frames.alloc()).toBeDefined();
    expect(tables.stage2.protect(at, 0x1000, false)).toBe(false);
    expect(tables.access(at, WRITE)).toBe(0x1_0000_0000);
    tables.stage2.unmap(at, 0x1000);
    expect(tables.stage2.leaves()).toEqual([]);
    expect(tables.stage2.tables).toEqual([]);
  });

  it('ages: a leaf without its access flag faults until it is marked, and is told once', () => {
    const tables = new Tables(40);
    const at = ipa(0x4000_0000);
    tables.stage2.map(at, pa(RAM + 0x1000), READ_WRITE);
    tables.stage2.map(ipa(at + BLOCK), pa(0x1_0000_0000), READ_WRITE, 2);
    const used = tables.stage2.age(ipa(0), 2 ** 40);
    expect(used.map(({ ipa: start, bytes }) => [start, bytes])).toEqual([
      [at, 0x1000],
      [at + BLOCK, BLOCK],
    ]);
    expect(tables.access(at, READ)).toBe('accessFlag');
    expect(tables.stage2.age(ipa(0), 2 ** 40)).toEqual([]);
    tables.stage2.markUsed(at);
    expect(tables.access(at, READ)).toBe(RAM + 0x1000);
  });
});
