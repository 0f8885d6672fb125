/** Memory of VMs through the public API: slots, demand paging, write protection, and that every page comes back. */

import { describe, expect, it } from 'vitest';
import { hex, ipa } from '../../src/arch/addresses.ts';
import { SlotError, VmError } from '../../src/hyp/errors.ts';
import { add, bne, code, hvc, ISB, ldr, mov, msr, OFF, str, subs } from './a64.ts';
import { ENTRY, Host, MIB, RAM, roomyModel, type TestVm } from './harness.ts';

/** Every size of an IPA space that a VM may have, in bits. */
const IPA_SIZES = Array.from({ length: 48 - 32 + 1 }, (_, i) => 32 + i);

/** Touches `pages` pages from `at` by stores of X1 (or loads), then powers off. */
const touch = (at: number, pages: number, access = str(1, 2)): Uint8Array =>
  code(mov(1, 0x1234), mov(2, at), mov(3, pages), access, add(2, 2, 0xfff), add(2, 2, 1), subs(3, 3, 1), bne(-4), OFF);

describe('demand paging', () => {
  it('backs a page at its first touch: one fault, one page, the right contents', () => {
    const host = new Host();
    const { vm } = host.program(touch(0x4200_0000, 50));
    expect(vm.memory.stage2.pages).toBe(0);
    expect(host.hyp.run()).toBe('ended');
    expect(vm.end).toEqual({ reason: 'off' });
    // 50 data pages and the page of the program.
    expect(vm.memory.stage2.pages).toBe(51);
    expect(vm.stats.stage2Faults).toEqual({ translation: 51, permission: 0, accessFlag: 0, onTableWalk: 0 });
    expect(vm.stats.exits).toMatchObject({ dataAbort: 50, instructionAbort: 1, hvc: 1, other: 0 });
    for (let page = 0; page < 50; page++) {
      expect(vm.readBytes(0x4200_0000 + page * 0x1000, 2)).toEqual(Uint8Array.of(0x34, 0x12));
    }
  });

  it('reads zeros where nobody wrote, and the host reads without touching', () => {
    const host = new Host();
    const guest = host.program(code(mov(2, 0x4300_0000), mov(1, 7), ldr(1, 2), OFF));
    const free = host.hyp.frames.freeBytes;
    expect(guest.vm.readBytes(0x4300_0000 - 4, 16)).toEqual(new Uint8Array(16));
    expect(host.hyp.frames.freeBytes).toBe(free);
    host.hyp.run();
    expect(guest.x(1)).toBe(0n);
  });

  it('makes the pages of the guest’s own tables when its walk meets them', () => {
    const host = new Host();
    const guest = host.firmware('demo-a');
    host.hyp.run();
    expect(guest.console).toContain('right');
    expect(guest.console).toContain(`answers hello with`);
    expect(guest.vm.end).toEqual({ reason: 'off' });
  });

  it.each(IPA_SIZES)('works in an IPA space of %i bits, up to its last page', (ipaBits) => {
    const host = new Host({ model: roomyModel });
    const top = 2 ** ipaBits - 0x1000;
    const { vm } = host.program(touch(top, 1), { ipaBits });
    vm.addSlot({ ipa: top, bytes: 0x1000 });
    host.hyp.run();
    expect(vm.end).toEqual({ reason: 'off' });
    expect(vm.readBytes(top, 2)).toEqual(Uint8Array.of(0x34, 0x12));
  });

  it('ends the VM that finds no frame left; the others run on', () => {
    const host = new Host({ ramBytes: MIB });
    const yields = [...mov(0, 0xc600_0001), hvc()];
    const modest = host.program(code(yields, mov(1, 50_000), subs(1, 1, 1), bne(-1), OFF), { name: 'modest' });
    const greedy = host.program(touch(0x4100_0000, 1000), { name: 'greedy' });
    expect(host.hyp.run()).toBe('ended');
    expect(greedy.vm.end).toMatchObject({ reason: 'outOfMemory', what: expect.stringContaining('IPA 0x41') });
    expect(modest.vm.end).toEqual({ reason: 'off' });
  });
});

describe('a VM that is destroyed', () => {
  it('returns every page, which the next owner finds empty', () => {
    const host = new Host({ ramBytes: 2 * MIB });
    const free = host.hyp.frames.freeBytes;
    for (let round = 0; round < 20; round++) {
      const guest = host.program(touch(0x4200_0000, 100));
      guest.vm.addSlot({ ipa: 0x70_0000_0000, bytes: 16 * MIB, image: new Uint8Array(0x2345).fill(round + 1) });
      expect(host.hyp.run()).toBe('ended');
      expect(guest.vm.end).toEqual({ reason: 'off' });
      expect(guest.vm.readBytes(0x4210_0000, 0x1000)).toEqual(new Uint8Array(0x1000));
      host.hyp.destroyVm(guest.vm);
      expect(host.hyp.frames.freeBytes).toBe(free);
    }
    expect(host.system.bus.readBytes(RAM.base, 2 * MIB)?.every((byte) => byte === 0)).toBe(true);
    expect(host.hyp.vms).toEqual([]);
  });
});

describe('memory slots', () => {
  const slotError = (action: () => unknown): SlotError => {
    try {
      action();
    } catch (error) {
      if (error instanceof SlotError) return error;
      throw error;
    }
    throw new Error('no SlotError');
  };

  it.each([
    ['overlap', 0x4000_0000 + 128 * MIB - 0x1000, 0x2000],
    ['overlap', 0x0900_0000, 0x1000],
    ['unaligned', 0x5000_0800, 0x1000],
    ['unaligned', 0x5000_0000, 0x1001],
    ['empty', 0x5000_0000, 0],
    ['outside', 2 ** 40 - 0x1000, 0x2000],
    ['outside', 2 ** 41, 0x1000],
  ] as const)('refuses %s: 0x%x, 0x%x bytes', (problem, at, bytes) => {
    const { vm } = new Host().vm();
    const error = slotError(() => vm.addSlot({ ipa: at, bytes }));
    expect(error).toMatchObject({ problem, ipa: at, bytes });
    expect(error.message).toContain(hex(at));
    expect(vm.readBytes(at, 1)).toEqual(vm.memory.map.findMemory(at) === undefined ? undefined : new Uint8Array(1));
  });

  it.each([-0x1000, 2 ** 60, Number.NaN])('refuses a place that is no IPA: %d', (at) => {
    const { vm } = new Host().vm();
    expect(slotError(() => vm.addSlot({ ipa: at, bytes: 0x1000 })).problem).toBe('outside');
    expect(slotError(() => vm.addDevice(at, 0x1000, vm.memory as never)).problem).toBe('outside');
    vm.addSlot({ ipa: 0x5000_0000, bytes: 0x1000 });
    expect(slotError(() => vm.memory.moveSlot(0x5000_0000, at)).problem).toBe('outside');
    expect(vm.readBytes(0x5000_0000, 1)).toEqual(Uint8Array.of(0));
  });

  it('leaves nothing of a VM that cannot be made', () => {
    const host = new Host();
    const free = host.hyp.frames.freeBytes;
    expect(slotError(() => host.vm({ memoryBytes: 2 ** 40 })).problem).toBe('outside');
    expect(slotError(() => host.vm({ memoryBytes: 0x1001 })).problem).toBe('unaligned');
    expect(() => host.vm({ vcpus: 0 })).toThrow(VmError);
    expect(() => host.vm({ vcpus: 257 })).toThrow('257 vCPUs');
    expect(host.hyp.vms).toEqual([]);
    expect(host.hyp.frames.freeBytes).toBe(free);
  });

  it('refuses an image larger than its slot, and backs nothing', () => {
    const host = new Host();
    const { vm } = host.vm();
    const free = host.hyp.frames.freeBytes;
    const image = new Uint8Array(0x1001);
    expect(slotError(() => vm.addSlot({ ipa: 0x5000_0000, bytes: 0x1000, image })).problem).toBe('tooSmall');
    expect(host.hyp.frames.freeBytes).toBe(free);
  });

  it('takes a slot away with its pages: the guest then aborts there', () => {
    const host = new Host();
    const guest = host.program(touch(0x5000_0000, 3));
    guest.vm.addSlot({ ipa: 0x5000_0000, bytes: 0x3000 });
    host.hyp.run();
    const free = host.hyp.frames.freeBytes;
    const { pages } = guest.vm.memory.stage2;
    guest.vm.memory.removeSlot(0x5000_0000);
    expect(guest.vm.memory.stage2.pages).toBe(pages - 3);
    expect(host.hyp.frames.freeBytes).toBeGreaterThanOrEqual(free + 3 * 0x1000);
    expect(guest.vm.readBytes(0x5000_0000, 1)).toBeUndefined();
    expect(slotError(() => guest.vm.memory.removeSlot(0x5000_0000)).problem).toBe('absent');
  });

  it('copies over page and slot borders, or not at all', () => {
    const { vm } = new Host().vm();
    vm.addSlot({ ipa: 0x4000_0000 + 128 * MIB, bytes: 0x1000 });
    const border = 0x4000_0000 + 128 * MIB;
    const bytes = Uint8Array.from({ length: 0x1800 }, (_, i) => i % 251);
    expect(vm.writeBytes(border - 0x900, bytes)).toBe(true);
    expect(vm.readBytes(border - 0x900, bytes.length)).toEqual(bytes);
    expect(vm.writeBytes(border + 0x800, bytes)).toBe(false);
    expect(vm.readBytes(border + 0xf00, 0x100)).toEqual(new Uint8Array(0x100));
    expect(vm.readBytes(border + 0x800, 0x1000)).toBeUndefined();
  });
});

describe('the dirty log', () => {
  /** Two rounds of a store to each of three pages and a load from a fourth. */
  const round = (value: number): number[] => [
    ...mov(1, value),
    ...[0, 1, 2].flatMap((page) => [...mov(2, 0x4200_0000 + page * 0x1000), str(1, 2)]),
    ...mov(2, 0x4200_3000),
    ldr(1, 2),
  ];

  it('protects pages, learns of each first write by one permission fault, and begins afresh when read', () => {
    const host = new Host();
    const guest = host.program(code(...round(1), mov(0, 0xc600_0001), hvc(), ...round(2), ...round(3), OFF));
    const { vm } = guest;
    let reads = 0;
    host.hyp.run({ until: () => vm.stats.exits.hvc > reads++ });
    expect(vm.end).toBeUndefined();
    const slot = vm.memory.map.findMemory(0x4200_0000);
    if (slot === undefined) throw new Error('no slot');
    vm.memory.startDirtyLog(slot);
    expect(vm.memory.takeDirtyLog(slot)).toEqual([]);
    host.hyp.run();
    expect(vm.end).toEqual({ reason: 'off' });
    expect(vm.stats.stage2Faults.permission).toBe(3);
    expect(vm.memory.takeDirtyLog(slot)).toEqual([0x4200_0000, 0x4200_1000, 0x4200_2000].map(ipa));
    expect(vm.memory.stage2.lookUp(ipa(0x4200_0000))?.writable).toBe(false);
    expect(guest.word(0x4200_1000)).toBe(3n);
    vm.writeBytes(0x4200_3000, Uint8Array.of(1));
    expect(vm.memory.takeDirtyLog(slot)).toEqual([ipa(0x4200_3000)]);
  });
});

it('logs writes of a guest with its own tables: no entry of both stages lets one through', () => {
  const host = new Host();
  const TABLE = 0x4300_0000;
  const tables = [...mov(1, TABLE), msr('TTBR0_EL1', 1), ...mov(1, 0x80_3519), msr('TCR_EL1', 1)];
  const stage1On = [...tables, ...mov(1, 0x30d0_0801), msr('SCTLR_EL1', 1), ISB];
  const store = [...mov(2, 0x4200_0000), str(2, 2)];
  const guest = host.program(code(stage1On, store, mov(0, 0xc600_0001), hvc(), store, OFF));
  // T0SZ = 25: one level 1 table, whose entry for 0x4000_0000 is a block mapped to itself.
  guest.vm.writeBytes(TABLE, code(0, 0, 0x4000_0401, 0));
  host.hyp.run({ until: () => guest.vm.stats.exits.hvc === 1 });
  const slot = guest.vm.memory.map.findMemory(TABLE);
  if (slot === undefined) throw new Error('no slot');
  guest.vm.memory.startDirtyLog(slot);
  host.hyp.run();
  expect(guest.vm.end).toEqual({ reason: 'off' });
  expect(guest.vm.memory.takeDirtyLog(slot)).toEqual([ipa(0x4200_0000)]);
});

it('keeps two VMs with the same IPAs apart, without a flush between them', () => {
  const host = new Host();
  const guests = [1, 2, 3].map((personality) => {
    const guest = host.firmware('same-ipa', { name: `vm${personality}` });
    const at = personalityAt(guest);
    const value = new Uint8Array(8);
    value[0] = personality;
    guest.vm.writeBytes(at, value);
    return guest;
  });
  const drops: string[] = [];
  const { tlb } = host.system.cpus[0].mmu;
  const invalidate = tlb.invalidate.bind(tlb);
  tlb.invalidate = (op, ...rest) => {
    drops.push(op);
    return invalidate(op, ...rest);
  };
  expect(host.hyp.run()).toBe('ended');
  for (const [i, guest] of guests.entries()) {
    expect(guest.console).toContain(`vm ${i + 1} starts`);
    expect(guest.console).toContain("ok memory holds this VM's own secrets");
    expect(guest.vm.end).toEqual({ reason: 'exit', code: 0 });
    expect(guest.vm.stats.worldSwitches).toBeGreaterThan(8);
  }
  expect(drops).toEqual([]);
});

/** IPA of the doubleword `personality`, which holds 1 in the image. */
function personalityAt({ vm }: TestVm): number {
  const symbol = vm.image?.symbols.find(({ name }) => name === 'personality');
  if (symbol === undefined) throw new Error('same-ipa has no symbol personality');
  return Number(symbol.value);
}

it('lets a VM reach no frame but its own, whatever it maps', () => {
  const host = new Host();
  const owner = host.program(touch(0x4200_0000, 20), { name: 'owner' });
  const nosy = host.program(touch(0x4000_0000, 400), { name: 'nosy' });
  nosy.vm.writeBytes(ENTRY, touch(0x4200_0000, 400));
  host.hyp.run();
  const frames = ({ vm }: TestVm): number[] =>
    vm.memory.map.memorySlots.flatMap((slot) => [...slot.frames.all()].map(({ pa }) => pa));
  const [a, b] = [frames(owner), frames(nosy)];
  expect(new Set([...a, ...b]).size).toBe(a.length + b.length);
  expect(a.length).toBe(21);
  for (let page = 0; page < 20; page++) expect(owner.word(0x4200_0000 + page * 0x1000)).toBe(0x1234n);
});
