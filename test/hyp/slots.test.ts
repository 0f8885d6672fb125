/** Memory slots through the public API: blocks, contents from files, shared images, moves, rights, ageing. */

import { describe, expect, it } from 'vitest';
import { EC } from '../../src/arch/syndrome.ts';
import type { MemorySlot } from '../../src/hyp/address-map.ts';
import { type Contents, contentsOf } from '../../src/hyp/contents.ts';
import { SlotError, VmError } from '../../src/hyp/errors.ts';
import { add, code, hvc, ldr, mov, mrs, msr, OFF, str } from './a64.ts';
import { Host, MIB, RAM, roomyModel, type TestVm } from './harness.ts';

const BLOCK = 2 * MIB;
const HIGH = 0x70_0000_0000;
const YIELD = [...mov(0, 0xc600_0001), hvc()];
const slotAt = ({ vm }: TestVm, at: number): MemorySlot => vm.memory.map.memoryAt(at);
/** Runs until the guest has made so many hypercalls. */
const runTo = (host: Host, { vm }: TestVm, calls: number): void => {
  host.hyp.run({ until: () => vm.stats.exits.hvc >= calls });
};
/** Stores X1 at an IPA. */
const store = (at: number, value = 0x77): number[] => [...mov(1, value), ...mov(2, at), str(1, 2)];
const load = (at: number, to = 5): number[] => [...mov(2, at), ldr(to, 2)];

describe('blocks', () => {
  const at = 0x5000_0000;
  function blocky(program: Uint8Array, bytes = 3 * BLOCK): { host: Host; guest: TestVm } {
    const host = new Host();
    const guest = host.program(program);
    guest.vm.addSlot({ ipa: at, bytes, hugePages: true });
    return { host, guest };
  }

  it('one touch maps a block of 2 MiB; another in it faults no more', () => {
    const { host, guest } = blocky(
      code(store(at + BLOCK + 0x1234_8), load(at + BLOCK), store(at + 2 * BLOCK - 8), OFF),
    );
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.vm.memory.stage2.blocks).toBe(1);
    expect(guest.leaf(at + BLOCK)).toMatchObject({ ipa: at + BLOCK, bytes: BLOCK, writable: true });
    expect(guest.vm.stats.stage2Faults.translation).toBe(2);
  });

  it('maps pages where a block does not fit: at the unaligned ends of a slot, or when no block is free', () => {
    const host = new Host({ ramBytes: 2 * MIB });
    const guest = host.program(code(store(at + 0x1000), store(at + BLOCK), store(at + 2 * BLOCK), OFF));
    guest.vm.addSlot({ ipa: at + 0x1000, bytes: 3 * BLOCK - 0x1000, hugePages: true });
    // The only block of physical memory is broken for the tables.
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.vm.memory.stage2.blocks).toBe(0);
    const roomy = blocky(code(store(at - BLOCK + 0x1000), store(at), OFF), BLOCK);
    roomy.guest.vm.addSlot({ ipa: at - BLOCK + 0x1000, bytes: BLOCK - 0x1000, hugePages: true });
    roomy.host.hyp.run();
    expect(roomy.guest.leaf(at)?.bytes).toBe(BLOCK);
    expect(roomy.guest.leaf(at - BLOCK + 0x1000)?.bytes).toBe(0x1000);
  });

  it('a dirty log splits a block page by page, and its end joins it again', () => {
    const { host, guest } = blocky(
      code(store(at, 1), YIELD, load(at + 0x8000), store(at + 0x5000, 2), YIELD, store(at, 3), OFF),
    );
    runTo(host, guest, 1);
    const slot = slotAt(guest, at);
    const { memory, stats } = guest.vm;
    memory.startDirtyLog(slot);
    expect(guest.leaf(at)).toMatchObject({ bytes: BLOCK, writable: false });
    runTo(host, guest, 2);
    expect(memory.takeDirtyLog(slot)).toEqual([at + 0x5000]);
    expect(guest.leaf(at)).toMatchObject({ bytes: 0x1000, writable: false });
    expect(stats.stage2Faults.permission).toBe(1);
    memory.stopDirtyLog(slot);
    expect(guest.leaf(at)).toMatchObject({ bytes: BLOCK, writable: true });
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(stats.stage2Faults.permission).toBe(1);
    expect([guest.word(at), guest.word(at + 0x5000)]).toEqual([3n, 2n]);
  });

  it('a part that is discarded reads as zeros afterwards, the rest stays', () => {
    const { host, guest } = blocky(code(store(at, 1), store(at + 0x3000, 2), YIELD, load(at + 0x3000), OFF));
    runTo(host, guest, 1);
    const free = host.hyp.frames.freeBytes;
    guest.vm.memory.discard(at + 0x3000, 0x1000);
    expect(guest.leaf(at + 0x3000)).toBeUndefined();
    expect(guest.leaf(at)).toMatchObject({ bytes: 0x1000 });
    // The page came back, a table for the split went.
    expect(host.hyp.frames.freeBytes).toBe(free);
    host.hyp.run();
    expect(guest.x(5)).toBe(0n);
    expect(guest.word(at)).toBe(1n);
    host.hyp.destroyVm(guest.vm);
    expect(host.hyp.frames.freeBytes).toBe(RAM.bytes);
  });

  it('a part that is unmapped comes back as it was', () => {
    const { host, guest } = blocky(code(store(at + 0x3000, 2), YIELD, load(at + 0x3000), OFF));
    runTo(host, guest, 1);
    guest.vm.memory.unmap(at + 0x3000, 0x1000);
    expect(guest.leaf(at + 0x3000)).toBeUndefined();
    host.hyp.run();
    expect(guest.x(5)).toBe(2n);
    expect(guest.leaf(at)?.bytes).toBe(BLOCK);
  });
});

describe('contents', () => {
  /** A file of `bytes` bytes whose every byte tells its page; `reads` are the pages that were asked for. */
  function file(bytes: number): Contents & { reads: number[] } {
    const reads: number[] = [];
    return {
      bytes,
      reads,
      read(offset, length) {
        reads.push(Math.floor(offset / 0x1000));
        return Uint8Array.from({ length }, (_, i) => Math.floor((offset + i) / 0x1000) + 1);
      },
    };
  }

  it('of a file are read when a page is touched first, and never again', () => {
    const host = new Host();
    const guest = host.program(
      code(load(HIGH + 0x2000), store(HIGH + 0x2008), load(HIGH + 0x3ff8, 6), load(HIGH + 0x5000, 7), OFF),
    );
    const contents = file(0x3ffc);
    guest.vm.addSlot({ ipa: HIGH, bytes: 16 * MIB, contents });
    expect(contents.reads).toEqual([]);
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(contents.reads).toEqual([2, 3]);
    expect(guest.x(5)).toBe(0x0303_0303_0303_0303n);
    expect(guest.x(6)).toBe(0x0404_0404n);
    expect(guest.x(7)).toBe(0n);
    // The host sees contents of pages that nobody touched, and backs none for it.
    const free = host.hyp.frames.freeBytes;
    expect(guest.vm.readBytes(HIGH + 0xffe, 4)).toEqual(Uint8Array.of(1, 1, 2, 2));
    expect(host.hyp.frames.freeBytes).toBe(free);
  });

  it('larger than the slot are refused', () => {
    const { vm } = new Host().vm();
    expect(() => vm.addSlot({ ipa: HIGH, bytes: 0x1000, contents: file(0x1001) })).toThrow(SlotError);
  });

  it('fill blocks too', () => {
    const host = new Host();
    const guest = host.program(code(load(HIGH + 0x9000), OFF));
    guest.vm.addSlot({ ipa: HIGH, bytes: BLOCK, hugePages: true, contents: file(0x1_0000) });
    host.hyp.run();
    expect(guest.x(5)).toBe(0x0a0a_0a0a_0a0a_0a0an);
    expect(guest.vm.memory.stage2.blocks).toBe(1);
  });
});

describe('a shared image', () => {
  const PAGES = 16;
  const bytes = Uint8Array.from({ length: PAGES * 0x1000 }, (_, i) => i >>> 12);

  it('is one set of physical pages until somebody writes, who then has a page alone', () => {
    const host = new Host();
    const image = host.hyp.shareImage(contentsOf(bytes));
    const reader = code(
      [...Array(PAGES).keys()].flatMap((page) => load(HIGH + page * 0x1000)),
      OFF,
    );
    const writer = code(
      load(HIGH + 0x3000, 6),
      store(HIGH + 0x3000, 0x99),
      load(HIGH + 0x3000),
      load(HIGH + 0x4000, 7),
      OFF,
    );
    const guests = [reader, reader, writer].map((program) => {
      const guest = host.program(program);
      guest.vm.addSlot({ ipa: HIGH, bytes: bytes.length, shared: image });
      return guest;
    });
    host.hyp.run();
    const [a, b, c] = guests;
    for (const { vm } of guests) expect(vm.end).toEqual({ reason: 'off' });
    expect(image.residentBytes).toBe(bytes.length);
    expect(a.leaf(HIGH)).toEqual(b.leaf(HIGH));
    expect(a.leaf(HIGH)?.writable).toBe(false);
    expect(c.leaf(HIGH + 0x4000)?.pa).toBe(a.leaf(HIGH + 0x4000)?.pa);
    expect(c.leaf(HIGH + 0x3000)).toMatchObject({ writable: true });
    expect(c.leaf(HIGH + 0x3000)?.pa).not.toBe(a.leaf(HIGH + 0x3000)?.pa);
    expect([c.x(6), c.x(5), c.x(7)]).toEqual([0x0303_0303_0303_0303n, 0x99n, 0x0404_0404_0404_0404n]);
    expect(c.vm.stats.stage2Faults.permission).toBe(1);
    expect(a.word(HIGH + 0x3000)).toBe(0x0303_0303_0303_0303n);
    expect(c.vm.readBytes(HIGH + 0x3008, 1)).toEqual(Uint8Array.of(3));
    for (const { vm } of [a, c]) host.hyp.destroyVm(vm);
    expect(b.word(HIGH + 0x3000)).toBe(0x0303_0303_0303_0303n);
    expect(image.residentBytes).toBe(bytes.length);
    host.hyp.destroyVm(b.vm);
    expect(image.residentBytes).toBe(0);
    expect(host.hyp.frames.freeBytes).toBe(RAM.bytes);
  });

  it('is not changed by a write of the host into one VM', () => {
    const host = new Host();
    const image = host.hyp.shareImage(contentsOf(bytes));
    const program = code(load(HIGH), YIELD, load(HIGH), OFF);
    const [a, b] = [host.program(program), host.program(program)];
    for (const { vm } of [a, b]) vm.addSlot({ ipa: HIGH, bytes: bytes.length, shared: image });
    host.hyp.run({ until: () => a.vm.stats.exits.hvc + b.vm.stats.exits.hvc === 2 });
    a.vm.writeBytes(HIGH, Uint8Array.of(0x55));
    host.hyp.run();
    expect([a.x(5), b.x(5)]).toEqual([0x55n, 0n]);
  });

  it('is not changed under a dirty log either, which tells who wrote', () => {
    const host = new Host();
    const image = host.hyp.shareImage(contentsOf(bytes));
    const guest = host.program(code(load(HIGH + 0x1000), store(HIGH + 0x2000), OFF));
    const slot = guest.vm.addSlot({ ipa: HIGH, bytes: bytes.length, shared: image });
    guest.vm.memory.startDirtyLog(slot);
    host.hyp.run();
    expect(guest.vm.memory.takeDirtyLog(slot)).toEqual([HIGH + 0x2000]);
    guest.vm.memory.stopDirtyLog(slot);
    expect(guest.leaf(HIGH + 0x1000)?.writable).toBe(false);
    expect(guest.leaf(HIGH + 0x2000)?.writable).toBe(true);
  });
});

describe('a slot', () => {
  it('moves with what it holds', () => {
    const host = new Host();
    const guest = host.program(code(store(HIGH + 0x2000, 5), YIELD, load(HIGH + 0x10_2000), OFF));
    guest.vm.addSlot({ ipa: HIGH, bytes: MIB });
    runTo(host, guest, 1);
    expect(() => guest.vm.memory.moveSlot(HIGH, 0x4000_0000)).toThrow('overlaps');
    expect(guest.word(HIGH + 0x2000)).toBe(5n);
    guest.vm.memory.moveSlot(HIGH, HIGH + 0x10_0000);
    expect(guest.vm.readBytes(HIGH, 1)).toBeUndefined();
    host.hyp.run();
    expect(guest.x(5)).toBe(5n);
  });

  it('of blocks that moves to where they do not lie maps their pages', () => {
    const host = new Host();
    const guest = host.program(code(store(HIGH + 0x2000, 5), YIELD, load(HIGH + 0x10_2000), OFF));
    guest.vm.addSlot({ ipa: HIGH, bytes: BLOCK, hugePages: true });
    runTo(host, guest, 1);
    guest.vm.memory.moveSlot(HIGH, HIGH + 0x10_0000);
    host.hyp.run();
    expect(guest.x(5)).toBe(5n);
    expect(guest.leaf(HIGH + 0x10_2000)?.bytes).toBe(0x1000);
  });

  it('becomes read-only and writable again', () => {
    const host = new Host();
    const guest = host.program(
      code(mov(9, 0x4010_0000), msr('VBAR_EL1', 9), store(HIGH, 1), YIELD, store(HIGH, 2), YIELD, OFF),
    );
    // The vector steps over the instruction that aborted.
    guest.vm.writeBytes(
      0x4010_0200,
      code(mrs(20, 'ESR_EL1'), mrs(21, 'ELR_EL1'), add(21, 21, 4), msr('ELR_EL1', 21), 0xd69f_03e0),
    );
    guest.vm.addSlot({ ipa: HIGH, bytes: MIB });
    runTo(host, guest, 1);
    guest.vm.memory.setReadOnly(HIGH, true);
    runTo(host, guest, 2);
    expect(Number(guest.x(20)) >>> 26).toBe(EC.DATA_ABORT_SAME);
    expect(guest.word(HIGH)).toBe(1n);
    guest.vm.memory.setReadOnly(HIGH, false);
    expect(guest.leaf(HIGH)?.writable).toBe(true);
  });

  it('of 1 TiB costs what is touched', () => {
    const host = new Host({ ramBytes: 4 * MIB });
    const at = 0x100_0000_0000;
    const guest = host.program(code(store(at), store(at + 2 ** 39), store(at + 2 ** 40 - 8), OFF), { ipaBits: 42 });
    guest.vm.addSlot({ ipa: at, bytes: 2 ** 40 });
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.vm.memory.stage2.pages).toBe(4);
    guest.vm.memory.discard(at, 2 ** 40);
    expect(guest.vm.memory.stage2.pages).toBe(1);
  });

  it('filled by the host a page at a time is seen by a guest with more than 4 GiB', () => {
    const host = new Host();
    const guest = host.program(code(load(HIGH + 0x1_4000_0000), load(HIGH + 0x1_c000_0000, 6), OFF));
    guest.vm.addSlot({ ipa: HIGH, bytes: 8 * 2 ** 30 });
    guest.vm.writeBytes(HIGH + 0x1_4000_0000, Uint8Array.of(1, 2));
    guest.vm.writeBytes(HIGH + 0x1_c000_0000, Uint8Array.of(3, 4));
    host.hyp.run();
    expect([guest.x(5), guest.x(6)]).toEqual([0x201n, 0x403n]);
  });
});

it('ageing tells the pages that were used since, by one fault each', () => {
  const host = new Host();
  const at = 0x4200_0000;
  const touched = [store(at), load(at + 0x1000), store(at + 0x2000)].flat();
  const guest = host.program(code(touched, YIELD, load(at + 0x1000), store(at + 0x1008), YIELD, OFF));
  runTo(host, guest, 1);
  const { memory, stats } = guest.vm;
  const used = (): number[] => memory.age(at, 16 * MIB).map(({ ipa }) => ipa);
  expect(used()).toEqual([at, at + 0x1000, at + 0x2000]);
  expect(used()).toEqual([]);
  runTo(host, guest, 2);
  expect(stats.stage2Faults.accessFlag).toBe(1);
  expect(used()).toEqual([at + 0x1000]);
  expect(() => memory.age(at, 0x10_0000_0000)).toThrow(SlotError);
});

describe('pages of other sizes', () => {
  it.each([
    [4096, 36],
    [16384, 36],
    [16384, 40],
    [16384, 47],
    [65536, 36],
    [65536, 42],
    [65536, 46],
    [4096, 48],
  ])('of %i bytes in %i bits: memory at the top and at the start of a block, a device', (pageBytes, ipaBits) => {
    const host = new Host({ model: roomyModel });
    const top = 2 ** ipaBits - MIB;
    const program = code(store(top), store(2 ** ipaBits - 8, 3), mov(3, 0x0900_0000), mov(1, 0x41), 0x3900_0061, OFF);
    const guest = host.program(program, { pageBytes, ipaBits });
    guest.vm.addSlot({ ipa: top, bytes: MIB });
    host.hyp.run();
    expect(guest.vm.end).toEqual({ reason: 'off' });
    expect(guest.console).toBe('A');
    expect([guest.word(top), guest.word(2 ** ipaBits - 8)]).toEqual([0x77n, 3n]);
    expect(guest.leaf(top)?.bytes).toBe(pageBytes);
    host.hyp.destroyVm(guest.vm);
    expect(host.hyp.frames.freeBytes).toBe(RAM.bytes);
  });

  it.each([
    [16384, 40, 2 ** 18],
    [65536, 46, 2 ** 20],
  ])(
    'of %i bytes: %i bits take 16 concatenated tables, aligned to %i bytes; memory at 0x70_0000_0000',
    (pageBytes, ipaBits, align) => {
      const host = new Host({ model: roomyModel });
      const guest = host.program(code(store(HIGH), load(HIGH), OFF), { pageBytes, ipaBits });
      guest.vm.addSlot({ ipa: HIGH, bytes: MIB });
      expect(guest.vm.parts.shape.rootTables).toBe(16);
      expect(guest.vm.memory.stage2.root % align).toBe(0);
      host.hyp.run();
      expect(guest.x(5)).toBe(0x77n);
    },
  );

  it('that the CPU has not are refused with the sizes that it has', () => {
    const host = new Host();
    expect(() => host.vm({ pageBytes: 16384 })).toThrow(VmError);
    expect(() => host.vm({ pageBytes: 16384 })).toThrow('4096, 65536');
    expect(() => host.vm({ pageBytes: 5000 })).toThrow('5000');
    expect(() => host.vm({ ipaBits: 45 })).toThrow('32 to 44');
  });
});

it('firmware runs the same in blocks of 2 MiB and in pages of 64 KiB', () => {
  const host = new Host();
  const options = [{}, { hugePages: true }, { pageBytes: 65536 }];
  const guests = options.map((each, i) => host.firmware('demo-a', { name: `demo${i}`, ...each }));
  host.hyp.run();
  expect(new Set(guests.map(({ console }) => console.replaceAll(/demo\d/g, ''))).size).toBe(1);
  expect(guests[1].vm.memory.stage2.blocks).toBeGreaterThan(0);
  const [pages, blocks, large] = guests.map(({ vm: { stats } }) => stats.stage2Faults.translation - stats.mmio);
  expect(blocks).toBeLessThan(pages / 20);
  expect(large).toBeLessThan(pages);
});
