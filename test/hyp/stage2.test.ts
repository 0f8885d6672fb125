/** The tables that the hypervisor writes, read back by the MMU's own walker. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipa, ipa, pa } from '../../src/arch/addresses.ts';
import { HostMemory } from '../../src/arch/host-memory.ts';
import { BusDescriptors } from '../../src/cpu/engine/descriptors.ts';
import { Bus } from '../../src/devices/bus.ts';
import { FrameAllocator } from '../../src/hyp/frames.ts';
import { Stage2 } from '../../src/hyp/stage2.ts';
import { stage2Shape } from '../../src/hyp/stage2-shape.ts';
import { Mmu } from '../../src/mmu/mmu.ts';
import { type Regime, regimeOf } from '../../src/mmu/regime.ts';
import { HCR_VM, type TranslationRegisters } from '../../src/mmu/registers.ts';
import { READ, Translation, WRITE } from '../../src/mmu/translation.ts';
import { model } from './harness.ts';

const RAM = pa(0x8000_0000);
const RAM_BYTES = 0x400_0000;
const SIZES = [32, 34, 36, 39, 40, 42, 43, 44];

class Tables {
  readonly bus = new Bus(new HostMemory());
  readonly frames: FrameAllocator;
  readonly stage2: Stage2;
  readonly invalidated: Ipa[] = [];
  private readonly mmu: Mmu;
  private readonly regime: Regime;
  private readonly out = new Translation();

  constructor(ipaBits: number, ramBytes = RAM_BYTES) {
    this.bus.addRam(RAM, ramBytes);
    this.frames = new FrameAllocator(this.bus, RAM, ramBytes);
    const shape = stage2Shape(ipaBits, model.mmu.paBits, 12);
    this.stage2 = new Stage2(this.bus, this.frames, shape, {
      invalidate: (at) => this.invalidated.push(at),
      invalidateAll: () => {},
    });
    const zeros = Object.fromEntries(
      [
        'sctlr1',
        'sctlr2',
        'tcr1Lo',
        'tcr1Hi',
        'tcr2',
        'ttbr0Lo',
        'ttbr0Hi',
        'ttbr1Lo',
        'ttbr1Hi',
        'ttbr2Lo',
        'ttbr2Hi',
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
  it('has what a model has after any map, protect and unmap, and gives empty tables back', () => {
    const step = fc.record({
      page: fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 2 ** 20 })),
      top: fc.boolean(),
      operation: fc.constantFrom('map' as const, 'mapReadOnly', 'writable', 'readOnly', 'unmap'),
    });
    fc.assert(
      fc.property(fc.constantFrom(...SIZES), fc.array(step, { maxLength: 60 }), (ipaBits, steps) => {
        const tables = new Tables(ipaBits);
        const { stage2, frames } = tables;
        const empty = frames.freeBytes;
        const known = new Map<number, { pa: number; writable: boolean }>();
        for (const [i, { page, top, operation }] of steps.entries()) {
          const at = ipa(top ? 2 ** ipaBits - (page + 1) * 0x1000 : page * 0x1000);
          const target = pa(RAM + (i + 1) * 0x1000);
          const had = known.get(at);
          const change = {
            map: () => stage2.map(at, target, true),
            mapReadOnly: () => stage2.map(at, target, false),
            writable: () => stage2.protect(at, true),
            readOnly: () => stage2.protect(at, false),
            unmap: () => stage2.unmap(at),
          };
          const isMap = operation === 'map' || operation === 'mapReadOnly';
          expect(change[operation]()).toBe(operation === 'unmap' ? had?.pa : isMap || had !== undefined);
          if (isMap) known.set(at, { pa: target, writable: operation === 'map' });
          else if (operation === 'unmap') known.delete(at);
          else if (had !== undefined) had.writable = operation === 'writable';
          const now = known.get(at);
          expect(tables.access(at + 0x123, READ)).toBe(now === undefined ? 'translation' : now.pa + 0x123);
          expect(tables.access(at, WRITE)).toBe(
            now === undefined ? 'translation' : now.writable ? now.pa : 'permission',
          );
          expect(stage2.lookUp(at)).toEqual(now);
        }
        expect(stage2.pages).toBe(known.size);
        for (const at of known.keys()) stage2.unmap(ipa(at));
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
    tables.stage2.map(ipa(0), pa(RAM + 0x1000), true);
    tables.stage2.map(ipa(last), pa(RAM + 0x2000), true);
    expect(tables.access(0, WRITE)).toBe(RAM + 0x1000);
    expect(tables.access(last + 0xfff, READ)).toBe(RAM + 0x2fff);
    expect(tables.access(0x1000, READ)).toBe('translation');
    expect(tables.access(2 ** ipaBits, READ)).toBe(ipaBits === model.mmu.paBits ? 'addressSize' : 'translation');
  });

  it('breaks an entry before it makes another, and needs no TLBI for a new one', () => {
    const tables = new Tables(40);
    const at = ipa(0x4000_0000);
    const seen: (number | string)[] = [];
    tables.stage2.map(at, pa(RAM + 0x1000), true);
    expect(tables.invalidated).toEqual([]);
    tables.invalidated.push = (...pages) => {
      seen.push(tables.access(pages[0], READ));
      return 0;
    };
    tables.stage2.map(at, pa(RAM + 0x2000), true);
    expect(seen).toEqual(['translation']);
    expect(tables.access(at, READ)).toBe(RAM + 0x2000);
    tables.stage2.protect(at, false);
    expect(seen).toEqual(['translation', RAM + 0x2000]);
  });

  it('changes nothing when a table cannot be had', () => {
    const tables = new Tables(40, 4 * 0x1000);
    const hog = [tables.frames.alloc(), undefined];
    expect(hog[0]).toBeDefined();
    expect(tables.stage2.map(ipa(0x4000_0000), pa(RAM), true)).toBe(false);
    expect(tables.stage2.tables).toBe(2);
    expect(tables.frames.freeBytes).toBe(0x1000);
  });
});
