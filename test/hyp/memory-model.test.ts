/** Random changes of a VM's memory between runs of its guest, against a model of what the guest must see. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ipa } from '../../src/arch/addresses.ts';
import { contentsOf } from '../../src/hyp/contents.ts';
import { SlotError } from '../../src/hyp/errors.ts';
import { add, b, code, hvc, ldr, mov, mrs, msr, str } from './a64.ts';
import { ENTRY, Host, MIB, RAM, type TestVm } from './harness.ts';
import { expectSeparate } from './ownership.ts';

const VECTORS = 0x4010_0000;
const ERET = 0xd69f_03e0;
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

const place = fc.constantFrom(0, BLOCK, 0x38_0000, 3 * BLOCK).map((offset) => BASE + offset);
const within = fc.oneof(fc.nat(20), fc.nat(1100)).map((page) => page * PAGE);
const word = fc.nat(0xffff_ffff).map(BigInt);
const touches = fc.record({
  do: fc.constantFrom('store', 'load', 'hostWrite'),
  at: place,
  offset: within,
  value: word,
});
const step = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    at: place,
    pages: fc.constantFrom(1, 7, 512, 600, 1024),
    kind: fc.constantFrom('pages', 'blocks', 'shared', 'file', 'readOnly'),
  }),
  fc.record({ do: fc.constantFrom('remove', 'protect', 'allow', 'log', 'take', 'stop'), at: place }),
  fc.record({ do: fc.constant('move' as const), at: place, to: place }),
  fc.record({
    do: fc.constantFrom('unmap', 'discard', 'age'),
    at: place,
    offset: within,
    pages: fc.constantFrom(1, 3, 512),
  }),
  touches,
  touches,
  touches,
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly host = new Host({ ramBytes: 32 * MIB });
  readonly guest: TestVm = this.host.vm({ memoryBytes: 4 * MIB });
  readonly image = this.host.hyp.shareImage(contentsOf(IMAGE));
  readonly slots: Model[] = [];

  constructor() {
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
  access(instruction: number, address: number, value: bigint): { value: bigint; aborted: boolean } {
    const { vm } = this.guest;
    const park = [...mov(0, 0xc600_0001), hvc(), b(0)];
    vm.writeBytes(
      ENTRY,
      code(mov(9, VECTORS), msr('VBAR_EL1', 9), mov(20, 0), mov(1, value), mov(2, address), instruction, park),
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
      this.touch(each.do, each.at + each.offset, each.value);
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

  private touch(how: 'store' | 'load' | 'hostWrite', address: number, value: bigint): void {
    const slot = this.at(address);
    if (how === 'hostWrite') {
      const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
      expect(this.guest.vm.writeBytes(address, bytes)).toBe(slot !== undefined);
      this.write(address, value);
    } else if (how === 'store') {
      const mayWrite = slot !== undefined && !slot.readOnly;
      expect(this.access(str(1, 2), address, value).aborted).toBe(!mayWrite);
      if (mayWrite) this.write(address, value);
    } else {
      const seen = this.access(ldr(1, 2), address, 0n);
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
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const run = new Run();
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
      expect(run.host.hyp.frames.freeBytes).toBe(32 * MIB);
    }),
    { numRuns: 60 },
  );
  expect(blocks).toBeGreaterThan(0);
});
