/** Firmware in flash: where it starts and what it finds, flash that code programs, and loaders. */

import { describe, expect, it } from 'vitest';
import { parseFdt } from '../../src/arch/fdt-parse.ts';
import { ImageError } from '../../src/arch/image/image-error.ts';
import { X } from '../../src/cpu/slots.ts';
import type { Storage } from '../../src/devices/virtio/storage.ts';
import { Machine } from '../../src/machine/machine.ts';
import { MachineError } from '../../src/machine/machine-error.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';
import { RAM_BASE, VIRT_MAP } from '../../src/machine/virt-map.ts';
import { flatten } from '../arch/fdt-reading.ts';
import { buildElf } from '../arch/image/elf-builder.ts';
import { Assembler } from '../cpu/engine/assembler.ts';
import { ENGINES, off } from './guest.ts';

const BANK = VIRT_MAP.flash1.base;
const BANK_BYTES = VIRT_MAP.flash1.size;

/** What keeps a bank: an empty file unless filled. */
class Kept implements Storage {
  isReadOnly = false;
  readonly data: Uint8Array;

  constructor(readonly bytes: number = BANK_BYTES) {
    this.data = new Uint8Array(bytes);
  }
  read(position: number, into: Uint8Array): boolean {
    into.set(this.data.subarray(position, position + into.length));
    return true;
  }
  write(position: number, bytes: Uint8Array): boolean {
    if (this.isReadOnly) throw new Error('a write to a read-only file');
    this.data.set(bytes, position);
    return true;
  }
  flush(): boolean {
    return true;
  }
}

/** Code for a PA that ends by SYSTEM_OFF. */
function program(at: number, emit: (a: Assembler) => void): Uint8Array {
  const a = new Assembler(at);
  emit(a);
  return off(a).code();
}

function ends(machine: Machine): Machine {
  expect(machine.run({ maxInstructions: 100_000 })).toEqual({ reason: 'off' });
  return machine;
}
const x = (machine: Machine, n: number): number => Number(machine.cpu().state.get(X[n]));
const machineOf = (options: MachineOptions = {}): Machine => new Machine({ virtualization: true, ...options });

/** Stores a word to the flash whose address is in X1. */
const send = (a: Assembler, offset: number, value: number): Assembler => a.mov(2, value).str(2, 1, offset, 'w');

/** Erases the first block of bank 1 and programs a word, between looks at what is there, in X10 to X13. */
const PROGRAMMER = program(0, (a) => {
  a.mov(1, BANK).ldr(10, 1, 0, 'w');
  send(send(a, 0, 0x20), 0, 0xd0).ldr(11, 1, 0, 'w');
  send(send(a, 0, 0xff), 4, 0x40);
  send(send(a, 4, 0x1234), 0, 0xff);
  a.ldr(12, 1, 0, 'w').ldr(13, 1, 4, 'w').movr(14, 0);
});

describe.each(ENGINES)('firmware (%s)', (engine) => {
  it('runs from flash, and programs the other bank, while a CPU waits that has never run', () => {
    const machine = machineOf({ engine, cpus: 2 });
    machine.load(undefined, { firmware: PROGRAMMER });
    ends(machine);
    expect([10, 11, 12, 13].map((n) => x(machine, n))).toEqual([0, 0x80_0080, 0xffff_ffff, 0x1234]);
    machine.restart();
    expect(x(ends(machine), 10)).toBe(0xffff_ffff);
  });

  it('sees at once code that it programs, and none while a command is open', () => {
    const CALLED = BANK + 0x100;
    const returning = (value: number): number[] => [0xd280_0000 | (value << 5), 0xd65f_03c0]; // mov x0, #value; ret
    const machine = machineOf({ engine });
    const firmware = program(0, (a) => {
      a.msrConst('VBAR_EL2', 0x800).mov(1, CALLED).mov(20, CALLED);
      send(send(a, 0, 0x20), 0, 0xd0);
      for (const [i, word] of returning(0x7ff).entries()) send(send(a, 4 * i, 0x40), 4 * i, word);
      send(a, 0, 0xff).blr(20).movr(10, 0);
      send(send(send(a, 0, 0x40), 0, returning(0x7f)[0]), 0, 0xff)
        .blr(20)
        .movr(11, 0);
      send(a, 0, 0x70).blr(20);
    });
    const vectors = program(0xa00, (a) => a.mrs(12, 'ESR_EL2').mrs(13, 'FAR_EL2'));
    const image = new Uint8Array(0x1000);
    image.set(firmware);
    image.set(vectors, 0xa00);
    machine.load(undefined, { firmware: image });
    ends(machine);
    // An instruction abort from the same EL: a synchronous external abort.
    expect([10, 11, 12, 13].map((n) => x(machine, n))).toEqual([0x7ff, 0x7f, 0x8600_0010, CALLED]);
  });
});

describe('firmware', () => {
  it('finds the device tree where RAM begins, with room, and X0 as zero', () => {
    const machine = machineOf();
    const firmware = program(0, (a) => a.movr(10, 0).mov(1, RAM_BASE).ldr(11, 1, 0, 'w').ldr(12, 1, 4, 'w'));
    const { deviceTree, deviceTreeAddress } = machine.load(undefined, { firmware, append: 'quiet' });
    ends(machine);
    expect([10, 11, 12].map((n) => x(machine, n))).toEqual([0, 0xedfe_0dd0, 0x1000]);
    expect([deviceTreeAddress, deviceTree.length]).toEqual([RAM_BASE, 0x10_0000]);
    expect(flatten(parseFdt(deviceTree).root)['/chosen/:bootargs']).toBe(Buffer.from('quiet\0').toString('hex'));
  });

  it('is given an image, which does not start, by fw_cfg', () => {
    const { base } = VIRT_MAP.fwCfg;
    const machine = machineOf();
    const firmware = program(0, (a) => a.mov(1, base).mov(2, 0x1100).str(2, 1, 8, 'h').ldr(10, 1, 0, 'w'));
    machine.load(Uint8Array.of(1, 2, 3, 4, 5), { firmware });
    expect(x(ends(machine), 10)).toBe(0x0403_0201);
  });

  it('asks fw_cfg for GiBs of zeros, which cost next to nothing where RAM was never touched', () => {
    const machine = machineOf({ memoryBytes: 3 * 2 ** 30 });
    const { bus } = machine.system;
    const to = RAM_BASE + 0x1000;
    const request = new DataView(new ArrayBuffer(16));
    const ask = (length: number, address: number): Uint8Array | undefined => {
      // SELECT and READ of the signature.
      request.setUint32(0, 8 | 2);
      request.setUint32(4, length);
      request.setBigUint64(8, BigInt(address));
      bus.writeBytes(RAM_BASE, new Uint8Array(request.buffer));
      // 0x4000_0000, big-endian.
      machine.board.fwCfg.write(20, 4, 0x40);
      return bus.readBytes(RAM_BASE, 4);
    };
    bus.writeBytes(to + 2 ** 31 - 1, Uint8Array.of(7, 7));
    const { frames } = bus;
    for (let i = 0; i < 10; i++) expect(ask(2 ** 31, to)).toEqual(new Uint8Array(4));
    expect(new TextDecoder().decode(bus.readBytes(to, 8))).toBe('QEMU\0\0\0\0');
    expect(bus.readBytes(to + 2 ** 31 - 1, 2)).toEqual(Uint8Array.of(0, 7));
    expect(bus.frames - frames).toBe(2);
    // The end of RAM is nearer than that of the request.
    for (let i = 0; i < 10; i++) expect(ask(2 ** 32 - 1, to)).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(bus.readBytes(to + 2 ** 31, 1)).toEqual(Uint8Array.of(7));
  });

  it('comes from what keeps the first bank, where programmed bytes go', () => {
    const flash = [new Kept(), new Kept()];
    flash[0].data.set(PROGRAMMER);
    flash[1].data.fill(7);
    const machine = machineOf({ flash });
    machine.load(undefined);
    expect(x(ends(machine), 10)).toBe(0x0707_0707);
    expect([...flash[1].data.subarray(0, 8)]).toEqual([0xff, 0xff, 0xff, 0xff, 0x34, 0x12, 0, 0]);
    expect(flash[1].data[0x4_0000]).toBe(7);
    expect(() => machine.load(undefined, { firmware: PROGRAMMER })).toThrow(MachineError);
  });

  it('does not change a bank that is read-only', () => {
    const kept = new Kept();
    kept.data.fill(7);
    kept.isReadOnly = true;
    const machine = machineOf({ flash: [undefined, kept] });
    machine.load(undefined, { firmware: PROGRAMMER });
    // SR.5, erase error, and SR.1, protected.
    expect([x(ends(machine), 11), x(machine, 12)]).toEqual([0xa2_00a2, 0x0707_0707]);
  });

  it('has to fit', () => {
    expect(() => machineOf().load(undefined, { firmware: new Uint8Array(BANK_BYTES + 1) })).toThrow(ImageError);
    expect(() => machineOf().load(undefined, { firmware: new Uint8Array(0) })).toThrow(ImageError);
    expect(() => machineOf({ flash: [new Kept(512)] })).toThrow(/512 bytes for flash bank 0/);
    expect(() => machineOf({ memoryBytes: 0x8_0000 }).load(undefined, { firmware: PROGRAMMER })).toThrow(/no room/);
  });
});

describe('loaders', () => {
  const at = RAM_BASE + 0x20_0000;
  const reads = (address: number): Uint8Array =>
    program(RAM_BASE + 0x8_0000, (a) => a.mov(1, address).ldr(10, 1, 0, 'w'));

  it('put files and ELFs into memory, beside an image', () => {
    const machine = machineOf();
    const elf = buildElf(BigInt(at + 0x1000), [{ address: at + 0x1000, bytes: 4 }]);
    machine.load(reads(at), {
      loaders: [
        { kind: 'file', name: 'raw', file: elf, isRaw: true, address: at },
        { kind: 'file', name: 'elf', file: elf },
        { kind: 'value', name: 'value', bytes: Uint8Array.of(9), address: at + 0x1001 },
      ],
    });
    expect(x(ends(machine), 10)).toBe(0x464c_457f);
    expect(machine.readPa((at + 0x1000) as never, 4)).toEqual(Uint8Array.of(1, 9, 3, 4));
  });

  it('start a CPU', () => {
    const code = program(at, (a) => a.movr(10, 0).mov(11, 5));
    const machine = machineOf();
    machine.load(reads(at), { loaders: [{ kind: 'file', name: 'code', file: code, address: at, cpu: 0 }] });
    expect([x(ends(machine), 10), x(machine, 11)]).toEqual([0, 5]);
    machine.load(undefined, { loaders: [{ kind: 'entry', name: 'entry', address: at + 4, cpu: 0 }] });
    expect(x(ends(machine), 11)).toBe(5);
  });

  it('describe the modules of a hypervisor', () => {
    const file = Uint8Array.of(1, 2, 3);
    const { deviceTree } = machineOf().load(reads(at), {
      loaders: [
        { kind: 'kernel', name: 'k', file, address: at, bootargs: 'quiet' },
        { kind: 'ramdisk', name: 'r', file, address: at + 0x1000 },
      ],
    });
    const tree = flatten(parseFdt(deviceTree).root);
    const text = (value: string): string => Buffer.from(value).toString('hex');
    const module = `/chosen/module@0x${at.toString(16)}/`;
    expect(tree[`${module}:compatible`]).toBe(text('multiboot,module\0multiboot,kernel\0'));
    expect(tree[`${module}:bootargs`]).toBe(text('quiet\0'));
    expect(tree[`${module}:reg`]).toBe('00000000402000000000000000000003');
    expect(tree['/chosen/module@0x40201000/:compatible']).toBe(text('multiboot,module\0multiboot,ramdisk\0'));
  });

  it('do not lie over each other, the image, or the device tree', () => {
    const file = Uint8Array.of(1, 2, 3);
    const load = (address: number) => (): unknown =>
      machineOf().load(reads(at), {
        loaders: [
          { kind: 'file', name: 'a', file, address: at },
          { kind: 'ramdisk', name: 'b', file, address },
        ],
      });
    expect(load(at + 3)).not.toThrow();
    expect(load(at + 2)).toThrow(/^b: 0x3 bytes at 0x40200002 would lie over a at 0x40200000; give another addr=$/);
    expect(load(RAM_BASE + 0x7_fffe)).toThrow(/over the image at 0x40080000/);
    expect(load(RAM_BASE + 0x400_0000)).toThrow(/over the device tree at 0x44000000/);
  });

  it.each([
    [/^raw: 0x3 bytes at 0x0 are not all RAM/, { address: 0x0900_0000 }],
    [/^raw: it is no ELF; say where it goes/, {}],
    [/^raw: there is no CPU 1$/, { address: at, cpu: 1 }],
  ])('say %s', (message, more) => {
    const file = Uint8Array.of(1, 2, 3);
    const wanted = message.source.replace('at 0x0', 'at 0x9000000');
    const load = () => machineOf().load(reads(at), { loaders: [{ kind: 'file', name: 'raw', file, ...more }] });
    expect(load).toThrow(new RegExp(wanted));
    expect(load).toThrow(MachineError);
  });
});
