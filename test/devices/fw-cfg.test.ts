/** The firmware configuration device: items byte by byte and by DMA, what cannot be served, and the state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dma } from '../../src/devices/dma.ts';
import { FwCfg, type FwCfgPorts, type FwCfgState } from '../../src/devices/fw-cfg/fw-cfg.ts';
import { fwCfgItems } from '../../src/devices/fw-cfg/items.ts';

const SELECTOR = 8;
const [DMA_HIGH, DMA_LOW] = [16, 20];
const [ERROR, READ, SKIP, SELECT, WRITE] = [1, 2, 4, 8, 16];
/** Where guest memory is, above 4 GiB. */
const RAM = 2 ** 33;
const RAM_BYTES = 0x4_0000;
const KERNEL = Uint8Array.from({ length: 0x2_1234 }, (_, i) => i * 7);
const ITEMS = fwCfgItems({ cpuCount: 3, kernel: KERNEL, commandLine: 'a=b é' });

const swap = (value: number): number => new DataView(Uint32Array.of(value).buffer).getUint32(0);
const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >>> 8);

class Driver {
  readonly ram = new Uint8Array(RAM_BYTES);
  errors: string[] = [];
  moved = 0;
  private readonly dma: Dma = {
    read: (address, into) =>
      this.inRam(address, into.length, (at) => into.set(this.ram.subarray(at, at + into.length))),
    write: (address, bytes) => this.inRam(address, bytes.length, (at) => this.ram.set(bytes, at)),
  };
  readonly ports: FwCfgPorts = {
    dma: this.dma,
    clear: (address, length) => this.inRam(address, length, (at) => this.ram.fill(0, at, at + length)),
    onMoved: (bytes) => {
      this.moved += bytes;
    },
    onGuestError: (text) => this.errors.push(text),
  };
  device = new FwCfg(ITEMS, this.ports);

  private inRam(address: number, length: number, act: (at: number) => void): boolean {
    const at = address - RAM;
    if (!(at >= 0 && at + length <= RAM_BYTES)) return false;
    act(at);
    return true;
  }

  select(key: number): this {
    this.device.write(SELECTOR, 2, swap16(key));
    return this;
  }
  bytes(count: number): number[] {
    return Array.from({ length: count }, () => this.device.read(0, 1));
  }
  /** Makes a request at the beginning of RAM; what its control field holds then. */
  request(control: number, length: number, address: number): number {
    const view = new DataView(this.ram.buffer);
    view.setUint32(0, control);
    view.setUint32(4, length);
    view.setBigUint64(8, BigInt(address));
    this.send(RAM);
    return view.getUint32(0);
  }
  send(address: number): void {
    this.device.write(DMA_HIGH, 4, swap(Math.floor(address / 2 ** 32)));
    this.device.write(DMA_LOW, 4, swap(address % 2 ** 32));
  }
}

const text = (bytes: readonly number[]): string => new TextDecoder().decode(Uint8Array.from(bytes));

describe('fw_cfg', () => {
  it('tells what it is, from the start and by DMA register', () => {
    const d = new Driver();
    expect(text(d.bytes(4))).toBe('QEMU');
    expect(d.select(1).bytes(4)).toEqual([3, 0, 0, 0]);
    const signature = [DMA_HIGH, DMA_LOW].map((offset) => d.device.read(offset, 4));
    expect(text([...new Uint8Array(Uint32Array.from(signature).buffer)])).toBe('QEMU CFG');
    expect([d.device.read(DMA_LOW + 3, 1), d.device.read(DMA_HIGH + 6, 2)]).toEqual([0x47, 0x4746]);
  });

  it('has numbers little-endian, a string with its end, and zeros behind each item', () => {
    const d = new Driver();
    expect(d.select(5).bytes(4)).toEqual([3, 0, 0, 0]);
    expect(d.select(8).device.read(0, 4)).toBe(KERNEL.length);
    expect(d.select(0x14).device.read(0, 2)).toBe(7);
    expect(text(d.select(0x15).bytes(8))).toBe('a=b é\0\0');
    expect([d.select(0x0b).device.read(0, 4), d.select(0x12).device.read(0, 4)]).toEqual([0, 0]);
  });

  it('names its files in a big-endian directory', () => {
    const d = new Driver().select(0x19);
    expect(d.bytes(4)).toEqual([0, 0, 0, 2]);
    expect([d.bytes(8), text(d.bytes(56)).replace(/\0+$/, '')]).toEqual([[0, 0, 0, 0, 0, 0x20, 0, 0], 'bootorder']);
    expect([d.bytes(8), text(d.bytes(56)).replace(/\0+$/, '')]).toEqual([
      [0, 0, 0, 4, 0, 0x21, 0, 0],
      'etc/boot-fail-wait',
    ]);
    expect(d.select(0x21).device.read(0, 4)).toBe(0xffff_ffff);
  });

  it('moves an item by DMA, in parts, and fills with zeros', () => {
    const d = new Driver();
    const to = RAM + 0x100;
    expect(d.request((0x11 << 16) | SELECT | SKIP, 0x1234, 0)).toBe(0);
    expect(d.request(READ, KERNEL.length, to)).toBe(0);
    expect(Buffer.compare(d.ram.subarray(0x100, 0x100 + 0x2_0000), KERNEL.subarray(0x1234))).toBe(0);
    expect(d.ram.subarray(0x2_0100, 0x2_0100 + 0x1234).every((byte) => byte === 0)).toBe(true);
    expect([d.moved, d.errors]).toEqual([KERNEL.length, []]);
  });

  it('refuses to write an item, to leave RAM, and what is no request', () => {
    const d = new Driver();
    expect(d.request(WRITE, 4, RAM)).toBe(ERROR);
    expect(d.request((0x11 << 16) | SELECT | READ, 0xffff_ffff, RAM + 0x100)).toBe(ERROR);
    expect(d.request(READ, 4, RAM + RAM_BYTES - 2)).toBe(ERROR);
    d.send(RAM - 8);
    d.device.write(SELECTOR, 4, 0);
    d.device.write(0, 1, 0);
    expect(d.device.read(SELECTOR, 2)).toBe(0);
    expect(d.errors).toHaveLength(7);
  });

  const access = fc.record({
    offset: fc.nat(5).map((n) => n * 4),
    size: fc.constantFrom<(1 | 2 | 4)[]>(1, 2, 4),
    value: fc.oneof(fc.constantFrom(0, swap(RAM / 2 ** 32), swap16(0x11), swap16(0x19)), fc.nat()),
    isWrite: fc.boolean(),
  });

  it('survives any accesses, and goes on alike from its state', () => {
    const run = (
      d: Driver,
      accesses: readonly { offset: number; size: 1 | 2 | 4; value: number; isWrite: boolean }[],
    ) =>
      accesses.map(({ offset, size, value, isWrite }) =>
        isWrite ? d.device.write(offset, size, value) : d.device.read(offset, size),
      );
    fc.assert(
      fc.property(fc.array(access), fc.array(access), (before, after) => {
        const d = new Driver();
        run(d, before);
        const e = new Driver();
        e.ram.set(d.ram);
        e.device = FwCfg.fromState(JSON.parse(JSON.stringify(d.device.state())) as FwCfgState, ITEMS, e.ports);
        expect(run(e, after)).toEqual(run(d, after));
        expect(Buffer.compare(e.ram, d.ram)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
