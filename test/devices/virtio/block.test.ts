/** The block device: requests, failing and full disks, the identity, hostile requests, and the snapshot. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Block } from '../../../src/devices/virtio/block.ts';
import { SnapshotStorage } from '../../../src/devices/virtio/snapshot-storage.ts';
import type { Storage } from '../../../src/devices/virtio/storage.ts';
import { Driver, type DriverOptions, HEAP, type Part, RAM_BASE, RAM_BYTES, Ram, VERSIONS } from './driver.ts';
import { MemoryStorage } from './memory-storage.ts';

const SECTORS = 256;
const [IN, OUT, SCSI, FLUSH, GET_ID] = [0, 1, 2, 4, 8];
const [OK, IOERR, UNSUPP] = [0, 1, 2];
const HEADER = HEAP;
const STATUS = HEAP + 16;
const DATA = HEAP + 0x1000;

/** A disk that does nothing. */
const NO_STORAGE: Storage = { bytes: 0, isReadOnly: false, read: () => true, write: () => true, flush: () => true };
/** Where EndlessRam takes all that is written and keeps nothing. */
const ENDLESS = 2 ** 40;

class EndlessRam extends Ram {
  override write(address: number, bytes: Uint8Array): boolean {
    return address >= ENDLESS || super.write(address, bytes);
  }
}

/** Arrays of bytes are compared as buffers: `toEqual` looks at each element. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

class DiskDriver extends Driver {
  constructor(
    readonly storage = new MemoryStorage(SECTORS * 512),
    options: DriverOptions = {},
    serial?: string,
  ) {
    super(new Block(storage, serial), options);
    this.start();
  }

  header(type: number, sector: number): Part {
    const at = HEADER - RAM_BASE;
    this.ram.view.setUint32(at, type, true);
    this.ram.view.setUint32(at + 8, sector % 2 ** 32, true);
    this.ram.view.setUint32(at + 12, Math.floor(sector / 2 ** 32), true);
    this.ram.view.setUint8(STATUS - RAM_BASE, 0xee);
    return { at: HEADER, length: 16 };
  }

  /** A request with its data; the status and the length that came back. */
  request(type: number, sector: number, data: readonly Part[] = []): [number, number] {
    const parts = [this.header(type, sector), ...data, { at: STATUS, length: 1, writable: true }];
    const [[, length]] = this.exchange(0, parts);
    return [this.ram.view.getUint8(STATUS - RAM_BASE), length];
  }
  readTo(sector: number, length: number): [number, number] {
    return this.request(IN, sector, [{ at: DATA, length, writable: true }]);
  }
  writeFrom(sector: number, length: number): [number, number] {
    return this.request(OUT, sector, [{ at: DATA, length }]);
  }
}

describe.each(VERSIONS)('a disk on the %s transport', (_, isLegacy) => {
  const make = (storage?: MemoryStorage): DiskDriver => new DiskDriver(storage, { isLegacy });

  it('tells its capacity', () => {
    const d = make();
    expect([d.read(0x100), d.read(0x104), d.read(0x10c), d.read(0x114)]).toEqual([SECTORS, 0, 254, 512]);
  });

  it('reads and writes sectors', () => {
    const d = make();
    expect(d.readTo(3, 1024)).toEqual([OK, 1025]);
    expect(d.ram.slice(DATA, 1024)).toEqual(d.storage.data.slice(1536, 2560));
    d.ram.bytes.fill(0x5a, DATA - RAM_BASE, DATA - RAM_BASE + 1024);
    expect(d.writeFrom(SECTORS - 2, 1024)).toEqual([OK, 1]);
    expect(d.storage.data.slice(-1024)).toEqual(new Uint8Array(1024).fill(0x5a));
    expect(d.storage.writes).toEqual([[(SECTORS - 2) * 512, 1024]]);
  });

  it('moves requests above its own buffer', () => {
    const d = make();
    const length = 200 * 512;
    expect(d.readTo(1, length)).toEqual([OK, length + 1]);
    expect(isSame(d.ram.slice(DATA, length), d.storage.data.slice(512, 512 + length))).toBe(true);
    d.storage.data.fill(0);
    expect(d.writeFrom(1, length)).toEqual([OK, 1]);
    expect(isSame(d.storage.data.slice(512, 512 + length), d.ram.slice(DATA, length))).toBe(true);
  });

  it('refuses what is not on the disk, without touching it', () => {
    const d = make();
    const before = d.storage.data.slice();
    for (const [sector, length] of [
      [SECTORS, 512],
      [SECTORS - 1, 1024],
      [0, 511],
      [2 ** 55, 512],
      [2 ** 64 - 2048, 512],
    ]) {
      expect(d.readTo(sector, length)).toEqual([IOERR, 0]);
      expect(d.writeFrom(sector, length)).toEqual([IOERR, 1]);
    }
    expect(isSame(d.storage.data, before)).toBe(true);
  });

  it('reports a buffer outside RAM as an error of the request', () => {
    const d = make();
    const beyond = (length: number, writable: boolean) => [{ at: RAM_BASE + RAM_BYTES - 512, length, writable }];
    expect(d.request(IN, 0, beyond(1024, true))).toEqual([IOERR, 0]);
    expect(d.request(OUT, 0, beyond(1024, false))).toEqual([IOERR, 1]);
    expect([d.needsReset, d.storage.writes]).toEqual([false, []]);
  });
});

describe('a disk', () => {
  it('takes requests cut into buffers in any way', () => {
    const cut = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(cut, cut, (first, second) => {
        const d = new DiskDriver(undefined, { num: 32 });
        const bytes = [...(d.header(OUT, 5) && d.ram.slice(HEADER, 16)), ...d.storage.data.slice(0, 512)];
        const pieces = (total: number, cuts: number[], writable: boolean): Part[] => {
          const out: Part[] = [];
          for (let done = 0, i = 0; done < total; i++) {
            const length = Math.min(cuts[i % cuts.length], total - done, i > 12 ? total : 700);
            out.push({ at: DATA + 0x1000 * out.length + 3, length: i > 12 ? total - done : length, writable });
            done += out[i].length;
          }
          return out;
        };
        const out = pieces(528, first, false);
        let from = 0;
        for (const { at, length } of out) {
          d.ram.write(at, Uint8Array.from(bytes.slice(from, from + length)));
          from += length;
        }
        expect(d.exchange(0, [...out, { at: STATUS, length: 1, writable: true }])).toEqual([[0, 1]]);
        expect([...d.storage.data.slice(5 * 512, 6 * 512)]).toEqual(bytes.slice(16));
        const back = pieces(513, second, true);
        const [[, length]] = d.exchange(0, [d.header(IN, 5), ...back]);
        const read = back.flatMap((piece) => [...d.ram.slice(piece.at, piece.length)]);
        expect([length, read]).toEqual([513, [...bytes.slice(16), OK]]);
      }),
    );
  });

  it('flushes, also after each write where the driver cannot ask for it', () => {
    const d = new DiskDriver();
    d.writeFrom(0, 512);
    expect(d.storage.flushes).toBe(0);
    expect(d.request(FLUSH, 0)).toEqual([OK, 1]);
    expect(d.storage.flushes).toBe(1);
    const old = new DiskDriver(undefined, { accept: [~(1 << 9), -1] });
    old.writeFrom(0, 512);
    expect(old.storage.flushes).toBe(1);
  });

  it('reports what the host cannot do', () => {
    const d = new DiskDriver();
    d.storage.fullFrom = 1024;
    expect(d.writeFrom(1, 1024)[0]).toBe(IOERR);
    expect(d.writeFrom(1, 512)[0]).toBe(OK);
    d.storage.isBroken = true;
    expect([d.readTo(0, 512), d.writeFrom(0, 512), d.request(FLUSH, 0)].map(([status]) => status)).toEqual([1, 1, 1]);
    const old = new DiskDriver(d.storage, { accept: [~(1 << 9), -1] });
    expect(old.writeFrom(0, 512)[0]).toBe(IOERR);
  });

  it('that is read-only says so and is never written', () => {
    const storage = new MemoryStorage(512);
    storage.isReadOnly = true;
    const d = new DiskDriver(storage);
    expect(d.offered(0) & (1 << 5)).not.toBe(0);
    expect([d.readTo(0, 512)[0], d.writeFrom(0, 512)[0]]).toEqual([OK, IOERR]);
    expect(new DiskDriver().offered(0) & (1 << 5)).toBe(0);
  });

  it('tells its serial number in 20 bytes', () => {
    const id = (serial: string, length = 20): string => {
      const d = new DiskDriver(undefined, {}, serial);
      const [status, written] = d.request(GET_ID, 0, [{ at: DATA, length, writable: true }]);
      expect([status, written]).toEqual([OK, length === 30 ? 20 : length + 1]);
      return Buffer.from(d.ram.slice(DATA, 20)).toString('latin1');
    };
    expect(id('disk-1')).toBe('disk-1'.padEnd(20, '\0'));
    expect(id('x'.repeat(25))).toBe('x'.repeat(20));
    expect(id('abcdef', 3)).toBe('abc'.padEnd(20, '\0'));
    expect(id('abc', 30)).toBe('abc'.padEnd(20, '\0'));
  });

  it('does not support other requests', () => {
    const d = new DiskDriver();
    for (const type of [SCSI, 5, 11, 13, 0x7fff_ffff]) expect(d.request(type, 0)).toEqual([UNSUPP, 1]);
    expect(d.request(0x8000_0000 | FLUSH, 0)).toEqual([OK, 1]);
  });

  it('answers a short header with an error and a request without status with nothing', () => {
    const d = new DiskDriver();
    d.header(IN, 0);
    expect(
      d.exchange(0, [
        { at: HEADER, length: 15 },
        { at: STATUS, length: 1, writable: true },
      ]),
    ).toEqual([[0, 1]]);
    expect(d.ram.view.getUint8(STATUS - RAM_BASE)).toBe(IOERR);
    expect(d.exchange(0, [d.header(OUT, 0), { at: DATA, length: 512 }])).toEqual([[2, 0]]);
    expect(d.exchange(0, [d.header(IN, 0), { at: RAM_BASE - 1, length: 1, writable: true }])).toEqual([[4, 0]]);
    expect(d.storage.writes).toEqual([]);
  });

  it('moves no more than some 4 GiB at one notification', () => {
    const huge = 2 ** 31;
    const storage: Storage = { ...NO_STORAGE, bytes: huge };
    const d = new Driver(new Block(storage), { num: 256, ram: new EndlessRam() }).start();
    for (let i = 0; i < 4; i++) {
      d.add(0, [
        { at: HEADER, length: 16 },
        { at: ENDLESS, length: huge, writable: true },
        { at: STATUS, length: 1, writable: true },
      ]);
    }
    d.notify(0);
    expect(d.returned(0)).toEqual([
      [0, huge + 1],
      [3, huge + 1],
    ]);
    expect(d.errors).toEqual(['virtio-blk: virtqueue is to move more than 4 GiB at once']);
    expect(d.needsReset).toBe(true);
  });

  it('comes back from its state', () => {
    const block = new Block(new MemoryStorage(512), 'serial');
    const copy = Block.fromState(JSON.parse(JSON.stringify(block.state())), new MemoryStorage(512));
    expect(copy.state()).toEqual(block.state());
  });
});

describe('a snapshot', () => {
  const step = fc.record({ at: fc.nat(40_000), bytes: fc.uint8Array({ minLength: 1, maxLength: 9000 }) });

  it('is the disk with its changes, and leaves the disk alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        const base = new MemoryStorage(97 * 512);
        const before = base.data.slice();
        const expected = base.data.slice();
        const snapshot = new SnapshotStorage(base);
        for (const { at, bytes } of steps) {
          expected.set(bytes, at);
          expect(snapshot.write(at, bytes)).toBe(true);
        }
        const read = new Uint8Array(base.bytes);
        expect(snapshot.read(0, read)).toBe(true);
        expect([isSame(read, expected), isSame(base.data, before)]).toEqual([true, true]);
        expect([base.writes, snapshot.flush(), base.flushes]).toEqual([[], true, 0]);
      }),
    );
  });

  it('is full at its limit, and can then still be read and rewritten', () => {
    const snapshot = new SnapshotStorage(new MemoryStorage(0x1_0000), 0x2000);
    const bytes = new Uint8Array(512).fill(7);
    expect([0, 0x1000, 0x2000, 0x1200].map((at) => snapshot.write(at, bytes))).toEqual([true, true, false, true]);
    const read = new Uint8Array(512);
    expect([snapshot.read(0x1200, read), read]).toEqual([true, bytes]);
  });

  it('fails where its base fails', () => {
    const base = new MemoryStorage(0x1_0000);
    base.isBroken = true;
    const snapshot = new SnapshotStorage(base);
    expect([snapshot.read(0, new Uint8Array(512)), snapshot.write(0, new Uint8Array(512))]).toEqual([false, false]);
  });
});
