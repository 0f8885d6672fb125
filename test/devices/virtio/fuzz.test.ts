/**
 * Random registers and rings for every device and both versions: nothing throws, nothing outside the disk and RAM is
 * touched, the work of one access is bounded, and the state survives a copy. EL2_FUZZ_SEEDS=250 makes a million cases.
 */

import { describe, expect, it } from 'vitest';
import { Block } from '../../../src/devices/virtio/block.ts';
import { VirtioConsole } from '../../../src/devices/virtio/console.ts';
import { Entropy } from '../../../src/devices/virtio/entropy.ts';
import { Hub } from '../../../src/devices/virtio/hub.ts';
import { VirtioMmio, type VirtioMmioPorts } from '../../../src/devices/virtio/mmio.ts';
import type { DeviceModel } from '../../../src/devices/virtio/model.ts';
import { Net } from '../../../src/devices/virtio/net.ts';
import { SeededRandom } from '../../../src/devices/virtio/random.ts';
import * as reg from '../../../src/devices/virtio/registers.ts';
import { fuzzSeeds } from '../../support/fuzz-seeds.ts';
import { Prng } from '../../vectors/prng.ts';
import { RAM_BASE, Ram } from './driver.ts';
import { MemoryStorage } from './memory-storage.ts';

const CASES = 1000;
const RAM_BYTES = 0x1_0000;
/** Bytes of each of the three areas of a queue, at the start of RAM. */
const AREA = 0x400;
/** Bytes that one access may move: a ring of 16 chains, each with at most 16 descriptors of 64 KiB, in and out. */
const MAX_WORK = 16 * 16 * RAM_BYTES * 2;

type Draw = (limit: number) => number;

function drawFrom(seed: number): Draw {
  const prng = new Prng(seed);
  return (limit) => prng.below(limit);
}
const pick = <T>(draw: Draw, from: readonly T[]): T => from[draw(from.length)];

/** RAM that counts what is moved. */
class CountedRam extends Ram {
  moved = 0;

  constructor() {
    super(RAM_BYTES);
  }

  protected override at(address: number, length: number): number | undefined {
    this.moved += length;
    return super.at(address, length);
  }
}

/** Devices by name, each with the way in which the host stirs it. */
const KINDS: readonly [string, (draw: Draw) => { model: DeviceModel; stir: () => void }][] = [
  [
    'block',
    (draw) => {
      const storage = new MemoryStorage(0x4000);
      storage.isReadOnly = draw(4) === 0;
      if (draw(4) === 0) storage.fullFrom = 0x2000;
      return {
        model: new Block(storage),
        stir: () => {
          storage.isBroken = draw(4) === 0;
        },
      };
    },
  ],
  ['entropy', (draw) => ({ model: new Entropy(new SeededRandom(draw(100))), stir() {} })],
  [
    'console',
    (draw) => {
      const model = new VirtioConsole({ onOutput() {} });
      return { model, stir: () => model.receive(new Uint8Array(draw(40))) };
    },
  ],
  [
    'net',
    (draw) => {
      const hub = new Hub();
      const peer = { receive() {} };
      hub.join(peer);
      const model = new Net(Uint8Array.of(2, 0, 0, 0, 0, 1), hub);
      return { model, stir: () => hub.send(peer, new Uint8Array(draw(1600))) };
    },
  ],
];

const REGISTERS = [
  ...[reg.DEVICE_FEATURES_SEL, reg.DRIVER_FEATURES, reg.DRIVER_FEATURES_SEL, reg.GUEST_PAGE_SIZE, reg.QUEUE_SEL],
  ...[reg.QUEUE_NUM, reg.QUEUE_ALIGN, reg.QUEUE_PFN, reg.QUEUE_READY, reg.QUEUE_NOTIFY, reg.INTERRUPT_ACK],
  ...[reg.STATUS, reg.QUEUE_DESC_LOW, reg.QUEUE_DRIVER_LOW, reg.QUEUE_DEVICE_LOW, reg.QUEUE_DESC_HIGH],
];
const VALUES = [0, 1, 2, 3, 4, 0xb, 0xf, 16, 64, 512, 4096, 0x4_0000, 0x8000_0000, 0xffff_ffff];
const NUM = 16;

class Fuzzer {
  readonly ram = new CountedRam();
  level = false;
  errors = 0;
  readonly ports: VirtioMmioPorts = {
    dma: this.ram,
    irq: (level) => {
      if (level === this.level) throw new Error('no change');
      this.level = level;
    },
    onGuestError: () => {
      this.errors++;
    },
    onMoved() {},
  };
  private readonly model: DeviceModel;
  private readonly stir: () => void;
  private readonly isLegacy: boolean;
  private transport: VirtioMmio;
  private readonly available = [0, 0];

  constructor(
    private readonly draw: Draw,
    make: (typeof KINDS)[number][1],
  ) {
    ({ model: this.model, stir: this.stir } = make(draw));
    this.isLegacy = draw(2) === 0;
    this.transport = new VirtioMmio(this.model, this.ports, this.isLegacy);
  }

  private write(offset: number, value: number): void {
    this.transport.write(offset, 4, value >>> 0);
  }

  /** A driver that starts the device as it should be done. */
  private start(): void {
    this.write(reg.STATUS, 0);
    for (const word of [0, 1]) {
      this.write(reg.DRIVER_FEATURES_SEL, word);
      this.write(reg.DEVICE_FEATURES_SEL, word);
      this.write(reg.DRIVER_FEATURES, this.transport.read(reg.DEVICE_FEATURES, 4));
    }
    this.write(reg.STATUS, 0xb);
    for (const queue of this.model.queueSizes.keys()) {
      const base = RAM_BASE + queue * 0x2000;
      this.available[queue] = 0;
      this.ram.view.setUint16(base - RAM_BASE + AREA + 2, 0, true);
      this.write(reg.QUEUE_SEL, queue);
      this.write(reg.QUEUE_NUM, this.isLegacy ? 8 : NUM);
      this.write(reg.GUEST_PAGE_SIZE, 4096);
      this.write(reg.QUEUE_PFN, base / 4096);
      this.write(reg.QUEUE_DESC_LOW, base);
      this.write(reg.QUEUE_DRIVER_LOW, base + AREA);
      this.write(reg.QUEUE_DEVICE_LOW, base + 2 * AREA);
      this.write(reg.QUEUE_READY, 1);
    }
    this.write(reg.STATUS, 0xf);
  }

  private address(): number {
    const { draw } = this;
    const inside = RAM_BASE + draw(RAM_BYTES);
    return pick(draw, [inside, inside, inside, inside, RAM_BASE + RAM_BYTES - draw(4), draw(2 ** 32), 2 ** 64 - 2048]);
  }

  /** Fills descriptors at random and makes some heads available; most chains are well-formed requests. */
  private spoilRings(): void {
    const { draw, ram } = this;
    const queue = draw(this.model.queueSizes.length);
    const base = queue * 0x2000;
    for (let count = draw(6); count >= 0; count--) {
      const at = base + 16 * draw(NUM);
      const address = this.address();
      ram.view.setUint32(at, address % 2 ** 32, true);
      ram.view.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
      const length = pick(draw, [0, 1, 16, 16, 20, 512, 1024, draw(4096), RAM_BYTES, 0xffff_ffff]);
      ram.view.setUint32(at + 8, length, true);
      ram.view.setUint16(at + 12, pick(draw, [0, 1, 1, 2, 2, 3, 3, 4, draw(8)]), true);
      ram.view.setUint16(at + 14, draw(NUM + 1), true);
    }
    if (this.model instanceof Block) this.addRequest(base);
    const avail = base + (this.isLegacy ? 16 * 8 : AREA);
    const num = this.isLegacy ? 8 : NUM;
    for (let count = draw(3); count >= 0; count--) {
      ram.view.setUint16(avail + 4 + 2 * (this.available[queue] % num), draw(8) === 0 ? draw(20) : 0, true);
      this.available[queue] = (this.available[queue] + (draw(50) === 0 ? draw(40) : 1)) & 0xffff;
    }
    ram.view.setUint16(avail + 2, this.available[queue], true);
    ram.view.setUint16(avail, draw(2), true);
    this.write(reg.QUEUE_NOTIFY, draw(20) === 0 ? draw(4) : queue);
  }

  /** A disk request in descriptors 0 to 2, right but for what `address` makes of it. */
  private addRequest(base: number): void {
    const { draw, ram } = this;
    const header = 0x8000 + draw(0x100);
    ram.view.setUint32(header, pick(draw, [0, 0, 1, 1, 4, 8, 2, draw(16)]), true);
    ram.view.setUint32(header + 8, pick(draw, [draw(32), draw(40), 0xffff_ffff]), true);
    ram.view.setUint32(header + 12, pick(draw, [0, 0, 0, 0xffff_ffff]), true);
    const parts = [
      [RAM_BASE + header, 16, 1],
      [this.address(), pick(draw, [512, 1024, 0x2000, 20]), pick(draw, [1, 3])],
      [this.address(), 1, 2],
    ];
    for (const [index, [address, length, flags]] of parts.entries()) {
      const at = base + 16 * index;
      ram.view.setUint32(at, address % 2 ** 32, true);
      ram.view.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
      ram.view.setUint32(at + 8, length, true);
      ram.view.setUint16(at + 12, flags, true);
      ram.view.setUint16(at + 14, index + 1, true);
    }
  }

  private copy(): void {
    const state = this.transport.state();
    this.level = false;
    this.transport = VirtioMmio.fromState(JSON.parse(JSON.stringify(state)), this.model, this.ports);
    expect(this.transport.state()).toEqual(state);
  }

  /** One case; throws when the access moved too much. */
  step(): void {
    const { draw } = this;
    this.ram.moved = 0;
    const kind = draw(200);
    if (kind < 120) this.spoilRings();
    else if (kind < 150) this.stir();
    else if (kind < 185) this.transport.read(draw(0x80) * 4, pick(draw, [1, 2, 4] as const));
    else if (kind < 190) this.write(pick(draw, REGISTERS), pick(draw, [...VALUES, draw(2 ** 32)]));
    else if (kind < 191) this.copy();
    else this.start();
    if (this.ram.moved > MAX_WORK) throw new Error(`${this.ram.moved} bytes moved by one access`);
    if (this.level !== (this.transport.read(reg.INTERRUPT_STATUS, 4) !== 0)) throw new Error('a wrong line');
  }
}

describe.each(KINDS)('any rings and registers of the %s device', (_, make) => {
  it.each(fuzzSeeds(4))('seed %i', (seed) => {
    const fuzzer = new Fuzzer(drawFrom(seed), make);
    for (let i = 0; i < CASES; i++) fuzzer.step();
    // The rings were right often enough to be served, and wrong often enough to be refused.
    expect(fuzzer.errors).toBeGreaterThan(5);
    expect(fuzzer.errors).toBeLessThan(CASES);
  });
});
