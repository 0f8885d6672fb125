/**
 * Random changes of a VM's memory between runs of its guest, against a model of what the guest must see, whatever the
 * TLB does, and with break-before-make.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ipa } from '../../src/arch/addresses.ts';
import { contentsOf, type SharedImage } from '../../src/hyp/contents.ts';
import { SlotError } from '../../src/hyp/errors.ts';
import { add, b, code, hvc, ISB, ldr, mov, mrs, msr, str } from './a64.ts';
import { ENTRY, Host, type HostOptions, MIB, RAM, type TestVm } from './harness.ts';
import { expectSeparate } from './ownership.ts';

const VECTORS = 0x4010_0000;
const ERET = 0xd69f_03e0;
const TABLE = 0x4020_0000;
/** The guest sees its GiB at 0x4000_0000 a second time, this much higher. */
const ALIAS = 0x8000_0000;
/** T0SZ = 25: one table of level 1, whose blocks are Normal Write-Back. */
const STAGE1_ON = [
  ...[...mov(1, TABLE), msr('TTBR0_EL1', 1), ...mov(1, 0xff), msr('MAIR_EL1', 1)],
  ...[...mov(1, 0x80_3519), msr('TCR_EL1', 1), ...mov(1, 0x30d0_0805), msr('SCTLR_EL1', 1), ISB],
];
const PAGE = 0x1000;
const BASE = 0x5000_0000;
const BLOCK = 2 * MIB;
const IMAGE = Uint8Array.from({ length: 64 * PAGE }, (_, i) => (i / 8) >>> 4);

/** What the guest must see of a slot: words by offset, over the first contents. */
interface Model {
  ipa: number;
  readonly bytes: number;
  readOnly: boolean;
  readonly image: Uint8Array;
  words: Map<number, bigint>;
  dirty: Set<number> | undefined;
}

/** Few places and pages, so that steps meet each other. */
const place = fc.constantFrom(0, 0, 0, BLOCK, 0x38_0000, 3 * BLOCK).map((offset) => BASE + offset);
const within = fc
  .oneof({ arbitrary: fc.nat(1), weight: 8 }, { arbitrary: fc.nat(1100), weight: 1 })
  .map((page) => page * PAGE);
const word = fc.nat(0xffff_ffff).map(BigInt);
const addition = fc.record({
  do: fc.constant('add' as const),
  at: place,
  pages: fc.constantFrom(1, 7, 512, 600, 1024),
  kind: fc.constantFrom('pages', 'blocks', 'shared', 'shared', 'file', 'readOnly'),
});
const change = fc.record({
  do: fc.constantFrom('remove', 'protect', 'allow', 'allow', 'log', 'take', 'take', 'stop'),
  at: place,
});
const move = fc.record({ do: fc.constant('move' as const), at: place, to: place });
const rangeChange = fc.record({
  do: fc.constantFrom('unmap', 'discard', 'age'),
  at: place,
  offset: within,
  pages: fc.constantFrom(1, 3, 512),
});
const touch = fc.record({
  do: fc.constantFrom('store', 'store', 'load', 'load', 'hostWrite'),
  at: place,
  offset: within,
  alias: fc.boolean(),
  value: word,
});
const step = fc.oneof(
  { arbitrary: addition, weight: 2 },
  { arbitrary: change, weight: 4 },
  { arbitrary: move, weight: 1 },
  { arbitrary: rangeChange, weight: 2 },
  { arbitrary: touch, weight: 12 },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Machines that change when TLB entries come and go, and how code runs. */
const machine = fc.record({
  engine: fc.constantFrom('interp', 'jit', 'auto'),
  tlb: fc.oneof(
    fc.constant('normal' as const),
    fc.nat(1000).map((chaos) => ({ chaos })),
  ),
});

class Run {
  readonly host: Host;
  readonly guest: TestVm;
  readonly image: SharedImage;
  readonly slots: Model[] = [];
  /** What was changed in the tables without break-before-make. */
  readonly conflicts: readonly string[];

  constructor(options: HostOptions) {
    this.host = new Host({ ramBytes: 32 * MIB, ...options });
    this.conflicts = this.host.watchBreakBeforeMake();
    this.guest = this.host.vm({ memoryBytes: 4 * MIB });
    this.image = this.host.hyp.shareImage(contentsOf(IMAGE));
    this.guest.vm.writeBytes(TABLE, code(0, 0, 0x4000_0701, 0, 0, 0, 0x4000_0701, 0));
    this.guest.vm.writeBytes(
      VECTORS + 0x200,
      code(mov(20, 1), mrs(21, 'ELR_EL1'), add(21, 21, 4), msr('ELR_EL1', 21), ERET),
    );
  }

  /** The model's slot at an address. */
  at(address: number): Model | undefined {
    return this.slots.find((slot) => address >= slot.ipa && address < slot.ipa + slot.bytes);
  }
  read(address: number): bigint | undefined {
    const slot = this.at(address);
    if (slot === undefined) return undefined;
    const offset = address - slot.ipa;
    const first = new Uint8Array(8);
    first.set(slot.image.subarray(offset, offset + 8));
    return slot.words.get(offset) ?? new DataView(first.buffer).getBigUint64(0, true);
  }
  write(address: number, value: bigint): void {
    const slot = this.at(address);
    slot?.words.set(address - slot.ipa, value);
    slot?.dirty?.add(address - (address % PAGE) - slot.ipa);
  }

  /** Executes one load or store in the guest: the value loaded, and whether it aborted. */
  access(instruction: number, va: number, value: bigint): { value: bigint; aborted: boolean } {
    const { vm } = this.guest;
    const park = [...mov(0, 0xc600_0001), hvc(), b(0)];
    vm.writeBytes(
      ENTRY,
      code(mov(9, VECTORS), msr('VBAR_EL1', 9), STAGE1_ON, mov(20, 0), mov(1, value), mov(2, va), instruction, park),
    );
    vm.vcpus[0].start(BigInt(ENTRY), 0n);
    const calls = vm.stats.exits.hvc;
    this.host.hyp.run({ maxInstructions: 1000, until: () => vm.stats.exits.hvc > calls });
    return { value: this.guest.x(1), aborted: this.guest.x(20) === 1n };
  }

  /** Does a step that may be refused; the model follows when it was not. */
  attempt(action: () => unknown, follow: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof SlotError) return;
      throw error;
    }
    follow();
  }

  step(each: Step): void {
    const { vm } = this.guest;
    const { memory } = vm;
    if (each.do === 'store' || each.do === 'load' || each.do === 'hostWrite') {
      this.touch(each.do, each.at + each.offset, each.alias, each.value);
      return;
    }
    if (each.do === 'add') {
      this.add(each.at, each.pages * PAGE, each.kind);
      return;
    }
    if ('pages' in each) {
      const from = each.at + each.offset;
      const bytes = each.pages * PAGE;
      this.attempt(
        () => memory[each.do as 'unmap'](from, bytes),
        () => {
          if (each.do === 'discard') this.forget(from, bytes);
        },
      );
      return;
    }
    const slot = this.slots.find((model) => model.ipa === each.at);
    const real = memory.map.memorySlots.find((memorySlot) => memorySlot.ipa === each.at);
    expect(real === undefined).toBe(slot === undefined);
    if (slot === undefined || real === undefined) {
      expect(() => memory.removeSlot(each.at)).toThrow(SlotError);
    } else if ('to' in each) {
      this.attempt(
        () => memory.moveSlot(each.at, each.to),
        () => {
          slot.ipa = each.to;
        },
      );
    } else if (each.do === 'remove') {
      memory.removeSlot(each.at);
      this.slots.splice(this.slots.indexOf(slot), 1);
    } else if (each.do === 'protect' || each.do === 'allow') {
      slot.readOnly = each.do === 'protect';
      memory.setReadOnly(each.at, slot.readOnly);
    } else if (each.do === 'log') {
      slot.dirty = new Set();
      memory.startDirtyLog(real);
    } else if (each.do === 'stop') {
      slot.dirty = undefined;
      memory.stopDirtyLog(real);
    } else {
      const expected = [...(slot.dirty ?? [])].sort((x, y) => x - y).map((offset) => slot.ipa + offset);
      expect(memory.takeDirtyLog(real)).toEqual(expected);
      slot.dirty?.clear();
    }
  }

  private touch(how: 'store' | 'load' | 'hostWrite', address: number, alias: boolean, value: bigint): void {
    const va = alias ? address + ALIAS : address;
    const slot = this.at(address);
    if (how === 'hostWrite') {
      const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
      expect(this.guest.vm.writeBytes(address, bytes)).toBe(slot !== undefined);
      this.write(address, value);
    } else if (how === 'store') {
      const mayWrite = slot !== undefined && !slot.readOnly;
      expect(this.access(str(1, 2), va, value).aborted).toBe(!mayWrite);
      if (mayWrite) this.write(address, value);
    } else {
      const seen = this.access(ldr(1, 2), va, 0n);
      expect(seen).toEqual({ value: this.read(address) ?? 0n, aborted: slot === undefined });
    }
    if (slot !== undefined) expect(this.guest.word(address)).toBe(this.read(address));
  }

  private add(at: number, bytes: number, kind: string): void {
    const image = bytes < IMAGE.length || (kind !== 'shared' && kind !== 'file') ? new Uint8Array(0) : IMAGE;
    const readOnly = kind === 'readOnly';
    this.attempt(
      () =>
        this.guest.vm.addSlot({
          ipa: at,
          bytes,
          readOnly,
          hugePages: kind === 'blocks',
          ...(image.length > 0 && (kind === 'shared' ? { shared: this.image } : { contents: contentsOf(image) })),
        }),
      () => {
        this.slots.push({ ipa: at, bytes, readOnly, image, words: new Map(), dirty: undefined });
      },
    );
  }

  private forget(from: number, bytes: number): void {
    for (const slot of this.slots) {
      for (const offset of slot.words.keys()) {
        if (slot.ipa + offset >= from && slot.ipa + offset < from + bytes) slot.words.delete(offset);
      }
    }
  }
}

it('a guest sees what a model says after any sequence of slots, rights, logs, unmaps and runs', () => {
  let blocks = 0;
  fc.assert(
    fc.property(machine, fc.array(step, { minLength: 30, maxLength: 80, size: 'max' }), (options, steps) => {
      const run = new Run(options);
      for (const each of steps) {
        run.step(each);
        blocks += run.guest.vm.memory.stage2.blocks;
      }
      for (const slot of run.slots) {
        for (const [offset, value] of slot.words) expect(run.guest.word(slot.ipa + offset)).toBe(value);
      }
      const shared = new Set(
        Array.from({ length: run.image.residentBytes === 0 ? 0 : 64 }, (_, page) => {
          return ((run.image.page(page * PAGE, 0) ?? 0) as number) / PAGE;
        }),
      );
      expectSeparate(run.host, shared);
      for (const { pa } of run.guest.vm.memory.stage2.leaves()) expect(pa).toBeGreaterThanOrEqual(RAM.base);
      expect(run.guest.vm.memory.stage2.lookUp(ipa(BASE + 64 * BLOCK))).toBeUndefined();
      run.host.hyp.destroyVm(run.guest.vm);
      expect(run.conflicts).toEqual([]);
      expect(run.host.hyp.frames.freeBytes).toBe(32 * MIB);
    }),
    { numRuns: 60 },
  );
  expect(blocks).toBeGreaterThan(0);
});
