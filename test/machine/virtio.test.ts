/** Virtio devices on a machine and in a VM: a guest's notification, DMA over code that has run, interrupts, reset. */

import { describe, expect, it } from 'vitest';
import { Block } from '../../src/devices/virtio/block.ts';
import { VirtioConsole } from '../../src/devices/virtio/console.ts';
import { Entropy } from '../../src/devices/virtio/entropy.ts';
import { SeededRandom } from '../../src/devices/virtio/random.ts';
import { OutOfFrames } from '../../src/hyp/errors.ts';
import { Machine } from '../../src/machine/machine.ts';
import { MachineError } from '../../src/machine/machine-error.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';
import { VIRT_MAP } from '../../src/machine/virt-map.ts';
import { VmHost } from '../../src/machine/vm-host.ts';
import { flat } from '../cli/programs.ts';
import { MemoryStorage } from '../devices/virtio/memory-storage.ts';

const RINGS = 0x4020_0000;
const CODE = 0x4010_0000;
const HEADER = 0x4020_4000;
const STATUS = 0x4020_4010;
/** The transport of the first device, and its interrupt. */
const TRANSPORT = 0x0a00_3e00;
const INTID = 32 + 16 + 31;

/** mov w0, #value; ret */
const returns = (value: number): Uint8Array => flat(0x5280_0000 | (value << 5), 0xd65f_03c0);

/** Calls CODE, notifies queue 0, calls CODE again; exits by semihosting with 16 times the first result plus the second. */
const PROGRAM = flat(
  0xd2a1_4001, // movz x1, #0xa00, lsl #16
  0xf287_c001, // movk x1, #0x3e00
  0xd2a8_0202, // movz x2, #0x4010, lsl #16
  0xd63f_0040, // blr x2
  0x2a00_03e3, // mov w3, w0
  0xb900_503f, // str wzr, [x1, #0x50]
  0xd63f_0040, // blr x2
  0x0b03_1000, // add w0, w0, w3, lsl #4
  0x1000_0081, // adr x1, .+16
  0xb900_0820, // str w0, [x1, #8]
  0x5280_0300, // mov w0, #0x18
  0xd45e_0000, // hlt #0xf000
  0x2_0026,
  0,
  0,
  0,
);

/** What a driver does before its first request, and one request that reads sector 0 to CODE. */
function prepare(write: (at: number, bytes: Uint8Array) => void, poke: (offset: number, value: number) => void): void {
  for (const status of [1, 3]) poke(0x70, status);
  poke(0x28, 4096); // GuestPageSize
  poke(0x30, 0); // QueueSel
  poke(0x38, 8); // QueueNum
  poke(0x3c, 4096); // QueueAlign
  poke(0x40, RINGS / 4096); // QueuePFN
  poke(0x70, 7);
  const rings = new DataView(new ArrayBuffer(0x100));
  const parts = [
    [HEADER, 16, 1],
    [CODE, 512, 3],
    [STATUS, 1, 2],
  ];
  for (const [i, [at, length, flags]] of parts.entries()) {
    rings.setUint32(16 * i, at, true);
    rings.setUint32(16 * i + 8, length, true);
    rings.setUint16(16 * i + 12, flags, true);
    rings.setUint16(16 * i + 14, i + 1, true);
  }
  rings.setUint16(0x82, 1, true); // one available chain, from descriptor 0
  write(RINGS, new Uint8Array(rings.buffer));
  write(HEADER, new Uint8Array(17).fill(0xee, 16));
  write(HEADER, new Uint8Array(16));
  write(CODE, returns(1));
}

function disk(): Block {
  const storage = new MemoryStorage(512);
  storage.data.set(returns(2));
  return new Block(storage);
}

function machineWith(options: MachineOptions): Machine {
  const machine = new Machine({ semihosting: true, ...options });
  machine.load(PROGRAM);
  const { bus } = machine.system;
  const transport = bus.deviceAt(TRANSPORT);
  prepare(
    (at, bytes) => bus.writeBytes(at, bytes),
    (offset, value) => transport?.device.write(TRANSPORT - transport.base + offset, 4, value),
  );
  return machine;
}

describe.each(['interp', 'jit', 'auto'] as const)('with the engine %s', (engine) => {
  it('a machine executes what its disk has put over code that has run', () => {
    const moved: number[] = [];
    const machine = machineWith({ engine, virtio: [disk()], onTransfer: (bytes) => moved.push(bytes) });
    const distributor = machine.system.bus.deviceAt(VIRT_MAP.gicDistributor.base)?.device;
    expect(machine.run()).toEqual({ reason: 'exit', code: 0x12 });
    expect((distributor?.read(0x200 + 4 * (INTID >>> 5), 4, 0) ?? 0) & (1 << (INTID & 31))).not.toBe(0);
    expect(moved).toEqual([16 + 512 + 1]);
  });

  it('a VM does, too', () => {
    const host = new VmHost({ engine });
    const { vm } = host.createGuest({ name: 'v', memoryBytes: 2 ** 24, image: PROGRAM, virtio: [disk()] });
    const slot = vm.memory.map.find(TRANSPORT);
    const device = slot?.kind === 'device' ? slot : undefined;
    prepare(
      (at, bytes) => vm.writeBytes(at, bytes),
      (offset, value) => device?.device.write(TRANSPORT - device.ipa + offset, 4, value),
    );
    host.hypervisor.run();
    expect(vm.end).toEqual({ reason: 'exit', code: 0x12 });
    expect([...(vm.readBytes(STATUS, 1) ?? [])]).toEqual([0]);
  });
});

describe('a machine', () => {
  it('resets its devices when the guest starts again', () => {
    const machine = machineWith({ virtio: [disk()] });
    const status = (): number => machine.system.bus.deviceAt(TRANSPORT)?.device.read(0x3e70, 4) ?? -1;
    expect(status()).toBe(7);
    machine.board.reset();
    expect(status()).toBe(0);
  });

  it('has transports of the version that is asked for', () => {
    const version = (virtioMmio?: 'legacy' | 'modern'): number =>
      new Machine({ virtioMmio }).system.bus.deviceAt(TRANSPORT)?.device.read(4, 4) ?? -1;
    expect([version(), version('legacy'), version('modern')]).toEqual([1, 1, 2]);
  });

  it('has room for 32 devices, each once', () => {
    const many = Array.from({ length: 33 }, () => new Entropy(new SeededRandom(1)));
    expect(new Machine({ virtio: many.slice(1) }).board).toBeDefined();
    expect(() => new Machine({ virtio: many })).toThrow(MachineError);
    const console = new VirtioConsole({ onOutput() {} });
    expect(() => new Machine({ virtio: [console, console] })).toThrow(MachineError);
  });

  it('does not let devices write memory that cannot be written', () => {
    const machine = machineWith({ virtio: [disk()] });
    const { base } = VIRT_MAP.flash1;
    machine.system.bus.writeBytes(RINGS + 16, Uint8Array.of(0, 0, 0, base / 2 ** 24));
    expect(machine.run()).toEqual({ reason: 'exit', code: 0x11 });
    expect([...(machine.readPa(STATUS as never, 1) ?? [])]).toEqual([1]);
    expect(machine.system.bus.readBytes(base, 16)).toEqual(new Uint8Array(16));
  });
});

describe('a VM', () => {
  /** A VM with a disk, prepared; and its transports. */
  function prepared(memoryBytes: number) {
    const host = new VmHost({ memoryBytes });
    const { vm } = host.createGuest({ name: 'v', memoryBytes: 2 ** 26, image: PROGRAM, virtio: [disk()] });
    const slot = vm.memory.map.find(TRANSPORT);
    if (slot?.kind !== 'device') throw new Error('a VM without transports');
    const poke = (offset: number, value: number): void => slot.device.write(TRANSPORT - slot.ipa + offset, 4, value);
    prepare((at, bytes) => vm.writeBytes(at, bytes), poke);
    return { vm, host, notify: () => poke(0x50, 0) };
  }

  it('ends when there is no memory for what its device writes', () => {
    const { vm, notify } = prepared(2 ** 20);
    vm.writeBytes(RINGS + 16, Uint8Array.of(0, 0, 0, 0x43));
    expect(() => {
      for (let at = 0x4080_0000; ; at += 0x1000) vm.writeBytes(at, Uint8Array.of(1));
    }).toThrow(OutOfFrames);
    notify();
    expect(vm.end?.reason).toBe('outOfMemory');
  });

  it('that has ended is not written by its devices', () => {
    const { vm, notify } = prepared(2 ** 24);
    vm.finish({ reason: 'off' });
    notify();
    expect(vm.readBytes(CODE, 8)).toEqual(returns(1));
  });

  it('keeps memory that it may not write', () => {
    const { vm, notify } = prepared(2 ** 24);
    vm.addSlot({ ipa: 0x8000_0000, bytes: 0x1000, readOnly: true });
    vm.writeBytes(RINGS + 16, Uint8Array.of(0, 0, 0, 0x80));
    notify();
    expect([vm.readBytes(0x8000_0000, 4), vm.readBytes(STATUS, 1)]).toEqual([new Uint8Array(4), Uint8Array.of(1)]);
  });
});
