/** The virtio-mmio transport: registers of both versions, negotiation, status, interrupts, reset, state. */

import { describe, expect, it } from 'vitest';
import { Block } from '../../../src/devices/virtio/block.ts';
import { Entropy } from '../../../src/devices/virtio/entropy.ts';
import { SeededRandom } from '../../../src/devices/virtio/random.ts';
import * as reg from '../../../src/devices/virtio/registers.ts';
import { TRANSPORTS, Transports } from '../../../src/devices/virtio/transports.ts';
import { Driver, HEAP, VERSIONS } from './driver.ts';
import { MemoryStorage } from './memory-storage.ts';

const disk = (): Block => new Block(new MemoryStorage(0x1_0000));
const entropy = (): Entropy => new Entropy(new SeededRandom(1));
const BUFFER = [{ at: HEAP, length: 16, writable: true }];
const FEATURES_OK = 0xb;

describe.each(VERSIONS)('the %s transport', (_, isLegacy) => {
  it('identifies itself and its device', () => {
    const d = new Driver(disk(), { isLegacy });
    expect([0, 4, 8, 12].map((offset) => d.read(offset))).toEqual([0x7472_6976, isLegacy ? 1 : 2, 2, 0x554d_4551]);
    expect(d.offered(0)).toBe(isLegacy ? 0x3800_0244 : 0x3000_0244);
    expect(d.offered(1)).toBe(isLegacy ? 0 : 1);
  });

  it('reads 0 where no device is', () => {
    const d = new Driver(undefined, { isLegacy });
    expect([0, 4, 8, 12].map((offset) => d.read(offset))).toEqual([0x7472_6976, isLegacy ? 1 : 2, 0, 0x554d_4551]);
    d.write(reg.STATUS, 1);
    for (let offset = 0x10; offset < 0x200; offset += 4) expect(d.read(offset)).toBe(0);
    expect(d.errors).toEqual([]);
  });

  it('has registers of 32 bits, and a configuration of any width', () => {
    const d = new Driver(disk(), { isLegacy });
    expect([d.transport.read(0, 1), d.transport.read(2, 2)]).toEqual([0, 0]);
    d.transport.write(reg.STATUS, 1, 1);
    expect([d.read(reg.STATUS), d.errors.length]).toEqual([0, 3]);
    expect([d.read(0x100), d.transport.read(0x100, 1), d.transport.read(0x114, 2)]).toEqual([0x80, 0x80, 512]);
    expect([d.read(0x118), d.read(0x1fc)]).toEqual([0, 0]);
    d.write(0x100, 1);
    expect([d.read(0x100), d.errors.length]).toEqual([0x80, 4]);
  });

  it('tells greatest queue sizes, 0 for a queue that is not there', () => {
    const d = new Driver(disk(), { isLegacy });
    expect(d.read(reg.QUEUE_NUM_MAX)).toBe(256);
    for (const queue of [1, 0xffff_ffff]) {
      d.write(reg.QUEUE_SEL, queue);
      expect(d.read(reg.QUEUE_NUM_MAX)).toBe(0);
      for (const offset of [0x38, 0x3c, 0x40, 0x44, 0x50, 0x80, 0xa4]) d.write(offset, 1);
    }
  });

  it('raises its interrupt until it is acknowledged', () => {
    const d = new Driver(entropy(), { isLegacy }).start();
    expect(d.exchange(0, BUFFER)).toEqual([[0, 16]]);
    expect([d.level, d.read(reg.INTERRUPT_STATUS)]).toEqual([true, 1]);
    d.write(reg.INTERRUPT_ACK, 2);
    expect(d.level).toBe(true);
    d.write(reg.INTERRUPT_ACK, 1);
    expect([d.level, d.read(reg.INTERRUPT_STATUS)]).toEqual([false, 0]);
  });

  it('forgets all at a reset but the page size', () => {
    const d = new Driver(entropy(), { isLegacy });
    const fresh = d.transport.state();
    d.start();
    d.exchange(0, BUFFER);
    expect(d.transport.state()).not.toEqual(fresh);
    d.write(reg.STATUS, 0);
    expect([d.level, d.transport.state()]).toEqual([
      false,
      { ...fresh, queues: { ...fresh.queues, pageSize: isLegacy ? 4096 : 0 } },
    ]);
    d.transport.reset();
    expect(d.transport.state()).toEqual(fresh);
    d.start();
    expect(d.exchange(0, BUFFER)).toHaveLength(1);
  });

  it('sizes queues by powers of 2 alone', () => {
    const d = new Driver(entropy(), { isLegacy, num: 6 }).start();
    expect(d.exchange(0, BUFFER)).toEqual([]);
    expect(d.errors).toEqual([
      'virtio-rng: QueueNum 6, which is no power of 2 up to 8',
      'virtio-rng: virtqueue is used without a size',
    ]);
    expect(d.needsReset).toBe(true);
  });

  it('goes on from its state', () => {
    const d = new Driver(entropy(), { isLegacy }).start();
    for (let i = 0; i < 3; i++) d.exchange(0, BUFFER);
    const state = d.transport.state();
    d.revive(state, entropy());
    expect([d.level, d.transport.state()]).toEqual([true, state]);
    expect(d.exchange(0, BUFFER)).toHaveLength(1);
  });

  it('does not change the size of a queue in use', () => {
    const d = new Driver(entropy(), { isLegacy }).start();
    d.write(reg.QUEUE_NUM, 2);
    expect([d.transport.state().queues.queues[0].num, d.errors.length]).toEqual([8, 1]);
  });
});

describe('the modern transport', () => {
  it('refuses FEATURES_OK without VERSION_1 or with a feature that is not offered', () => {
    const d = new Driver(disk());
    d.write(reg.STATUS, FEATURES_OK);
    expect(d.read(reg.STATUS)).toBe(3);
    d.write(reg.DRIVER_FEATURES_SEL, 1);
    d.write(reg.DRIVER_FEATURES, 3);
    d.write(reg.STATUS, FEATURES_OK);
    expect(d.read(reg.STATUS)).toBe(3);
    d.write(reg.DRIVER_FEATURES, 1);
    d.write(reg.STATUS, FEATURES_OK);
    expect(d.read(reg.STATUS)).toBe(FEATURES_OK);
    d.write(reg.DRIVER_FEATURES, 3);
    expect([d.errors.length, d.transport.state().features.accepted]).toEqual([1, [0, 1]]);
  });

  it('uses no queue before DRIVER_OK, and then all', () => {
    const d = new Driver(entropy()).start();
    d.write(reg.STATUS, FEATURES_OK);
    expect(d.exchange(0, BUFFER)).toEqual([]);
    d.write(reg.STATUS, 0xf);
    expect(d.returned(0)).toHaveLength(1);
  });

  it('takes a queue away by QueueReady', () => {
    const d = new Driver(entropy()).start();
    expect(d.read(reg.QUEUE_READY)).toBe(1);
    d.write(reg.QUEUE_READY, 0);
    expect([d.read(reg.QUEUE_READY), d.exchange(0, BUFFER)]).toEqual([0, []]);
  });

  it('has no shared memory, no generations, and no legacy registers', () => {
    const d = new Driver(disk());
    d.write(reg.SHM_SEL, 1);
    expect([0xb0, 0xb4, 0xb8, 0xbc].map((offset) => d.read(offset))).toEqual(new Array(4).fill(0xffff_ffff));
    expect([d.read(reg.CONFIG_GENERATION), d.errors]).toEqual([0, []]);
    for (const offset of [0x28, 0x3c, 0x40]) d.write(offset, 1);
    expect(d.errors).toHaveLength(3);
  });
});

describe('the legacy transport', () => {
  it('never accepts what is not offered', () => {
    const d = new Driver(disk(), { isLegacy: true });
    d.write(reg.DRIVER_FEATURES, 0xffff_ffff);
    expect(d.transport.state().features.accepted).toEqual([d.offered(0), 0]);
  });

  it('serves a driver that has not said DRIVER_OK yet', () => {
    const d = new Driver(entropy(), { isLegacy: true }).start();
    d.write(reg.STATUS, 3);
    expect(d.exchange(0, BUFFER)).toHaveLength(1);
  });

  it('reads QueuePFN back, and takes the queue away by 0', () => {
    const d = new Driver(entropy(), { isLegacy: true }).start();
    expect(d.read(reg.QUEUE_PFN)).toBe(0x4_0000);
    d.write(reg.QUEUE_PFN, 0);
    expect([d.read(reg.QUEUE_PFN), d.exchange(0, BUFFER)]).toEqual([0, []]);
  });

  it('places the used ring by QueueAlign', () => {
    const d = new Driver(entropy(), { isLegacy: true }).start();
    d.write(reg.QUEUE_ALIGN, 3);
    expect(d.errors).toEqual(['virtio-rng: QueueAlign 3, which is no power of 2']);
    d.write(reg.QUEUE_ALIGN, 256);
    d.write(reg.QUEUE_PFN, 0x4_0000);
    expect(d.transport.state().queues.queues[0].addresses).toEqual([0x4000_0000, 0, 0x4000_0080, 0, 0x4000_0100, 0]);
  });
});

describe('the transports of the board', () => {
  const ids = (transports: Transports): number[] =>
    Array.from({ length: TRANSPORTS }, (_, i) => transports.read(i * 0x200 + reg.DEVICE_ID, 4));
  const lines: [number, boolean][] = [];
  const { ram } = new Driver(undefined);
  const ports = {
    dma: ram,
    irq: (index: number, level: boolean) => void lines.push([index, level]),
    onGuestError() {},
    onMoved() {},
  };

  it('are filled from the last one down', () => {
    const transports = new Transports([entropy(), disk()], ports, true);
    expect(ids(transports)).toEqual([...new Array(30).fill(0), 2, 4]);
    expect(() => new Transports(Array.from({ length: 33 }, entropy), ports, true)).toThrow(RangeError);
  });

  it('come back from their state with their lines', () => {
    const transports = new Transports([entropy(), disk()], ports, false);
    transports.write(30 * 0x200 + reg.DRIVER_FEATURES_SEL, 4, 1);
    const copy = Transports.fromState(JSON.parse(JSON.stringify(transports.state())), [entropy(), disk()], ports);
    expect([copy.state(), ids(copy), lines]).toEqual([transports.state(), ids(transports), []]);
    copy.reset();
    expect(copy.state()).not.toEqual(transports.state());
  });
});
